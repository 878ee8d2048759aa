package dev.tally.licensing.domain;

import static dev.tally.catalog.PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER;
import static dev.tally.catalog.PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_DEVICE;
import static dev.tally.catalog.PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_STUDIO;
import static dev.tally.catalog.PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR;
import static dev.tally.catalog.PolicyKey.MAX_DOWNLOAD_DEVICES;
import static dev.tally.licensing.domain.Asks.NEW_LICENSE;
import static dev.tally.licensing.domain.Asks.acquire;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.POLICY_VERSION;
import static dev.tally.licensing.domain.Facts.YEAR;
import static dev.tally.licensing.domain.Facts.activated;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.downloads;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.justBefore;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Facts.within;
import static dev.tally.licensing.domain.Scenario.counted;
import static dev.tally.licensing.domain.Scenario.countsNothing;
import static dev.tally.licensing.domain.Scenario.current;
import static dev.tally.licensing.domain.Scenario.given;
import static dev.tally.licensing.domain.Scenario.limit;
import static dev.tally.licensing.domain.Scenario.neverByTime;
import static dev.tally.licensing.domain.Scenario.nextAllowedAt;
import static dev.tally.licensing.domain.Scenario.remedies;
import static dev.tally.licensing.domain.Scenario.setBy;
import static dev.tally.licensing.domain.Scenario.violation;
import static dev.tally.licensing.domain.Scenario.yearAfterTheFirst;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Scope;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.Scenario.Given;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class AcquireTest {

    @Test
    void a_license_is_issued_on_the_terms_of_the_policy() {
        var issued =
                given().when(acquire("Acme/Glow", "tablet"))
                        .thenAllowed()
                        .thenLicense("new", State.ISSUED, in(days(30)))
                        .event(LicenseIssued.class);

        assertThat(issued)
                .isEqualTo(
                        new LicenseIssued(
                                NEW_LICENSE,
                                new TitleId("Acme/Glow"),
                                new StudioId("Acme"),
                                new DeviceId("tablet"),
                                LicenseType.DOWNLOAD,
                                new PlanId("standard"),
                                NOW,
                                in(days(30)),
                                hours(48),
                                null,
                                POLICY_VERSION));
    }

    @Test
    void a_decision_shows_every_rule_that_was_evaluated_in_order_of_precedence() {
        var allowed = given().when(acquire("Glow")).thenAllowed();

        assertThat(allowed.decision().rules())
                .extracting(Evaluation::rule)
                .containsExactly(
                        Rule.TITLE_AVAILABILITY,
                        Rule.MAX_DOWNLOAD_DEVICES,
                        Rule.MAX_ACTIVE_DOWNLOADS_PER_DEVICE,
                        Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                        Rule.MAX_ACTIVE_DOWNLOADS_PER_STUDIO,
                        Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                        Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR);
        assertThat(allowed.decision().rules())
                .allSatisfy(
                        rule -> {
                            assertThat(rule.satisfied()).isTrue();
                            assertThat(rule.nextAllowedAt()).isNull();
                            assertThat(rule.remedies()).isEmpty();
                        });
    }

    @Nested
    class WithAnActiveLicense {

        @Test
        void the_same_device_and_title_get_it_back_and_nothing_is_counted() {
            var again =
                    given(license("L1"), activated("phone", ago(days(1))))
                            .when(acquire("Glow", "phone"))
                            .thenUnchanged();

            assertThat(again.after()).isEqualTo(again.world().account());
        }

        @Test
        void it_comes_back_even_where_a_new_one_would_be_denied() {
            given(license("L1"), downloads("Glow", 5, within(YEAR)))
                    .under(MAX_DOWNLOAD_DEVICES, 0)
                    .available(in(days(1)), null)
                    .when(acquire("Glow", "phone"))
                    .thenUnchanged();
        }

        @Test
        void it_does_not_come_back_after_its_title_has_ended() {
            given(license("L1"))
                    .available(null, ago(days(1)))
                    .when(acquire("Glow", "phone"))
                    .thenDenied(Rule.TITLE_AVAILABILITY, neverByTime());
        }

        @Test
        void another_device_or_title_needs_its_own() {
            given(license("L1")).when(acquire("Glow", "tablet")).thenAllowed();
            given(license("L1")).when(acquire("Dark", "phone")).thenAllowed();
        }

        @Test
        void one_that_has_ended_does_not_come_back() {
            given(license("L1").releasedAt(ago(hours(1)))).when(acquire("Glow")).thenAllowed();
            given(license("L1").until(NOW)).when(acquire("Glow")).thenAllowed();
            given(license("L1").until(in(days(1)).plusMillis(1)))
                    .when(acquire("Glow").at(in(days(1))))
                    .thenUnchanged();
        }

        @Test
        void a_streaming_license_is_not_one_for_a_download() {
            given(license("L1").streaming()).when(acquire("Glow")).thenAllowed();
        }
    }

    @Nested
    class TitleAvailability {

        @Test
        void a_title_can_be_acquired_from_its_start_on() {
            given().available(NOW, null).when(acquire("Glow")).thenAllowed();
            given().available(NOW, null)
                    .when(acquire("Glow").at(justBefore(NOW)))
                    .thenDenied(
                            Rule.TITLE_AVAILABILITY,
                            countsNothing(),
                            setBy((Scope) null),
                            counted(),
                            nextAllowedAt(NOW),
                            remedies(Remedy.WAIT));
        }

        @Test
        void a_title_cannot_be_acquired_from_its_end_on() {
            given().available(null, NOW).when(acquire("Glow").at(justBefore(NOW))).thenAllowed();
            given().available(null, NOW)
                    .when(acquire("Glow"))
                    .thenDenied(
                            Rule.TITLE_AVAILABILITY, countsNothing(), neverByTime(), remedies());
        }

        @Test
        void a_title_without_start_and_end_is_always_available() {
            given().when(acquire("Glow")).thenAllowed();
        }
    }

    @Nested
    class ManyViolations {

        /** A customer for whom an acquire violates every rule that it can violate. */
        private static Given everything() {
            return given(
                            license("L1").of("Acme/1").on("phone").until(in(days(3))),
                            license("L2").of("Acme/2").on("tablet").until(in(days(4))),
                            license("tv").of("Acme/3").on("laptop").streaming(),
                            downloads("Acme/Glow", 5, within(YEAR)))
                    .available(in(days(1)), null)
                    .under(MAX_DOWNLOAD_DEVICES, 2)
                    .under(MAX_ACTIVE_DOWNLOADS_PER_DEVICE, 0)
                    .under(MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, 2)
                    .under(MAX_ACTIVE_DOWNLOADS_PER_STUDIO, 1)
                    .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 5);
        }

        @Test
        void a_denial_names_them_all_in_order_of_precedence() {
            everything()
                    .when(acquire("Acme/Glow", "laptop"))
                    .thenDenied(
                            violation(
                                    Rule.TITLE_AVAILABILITY,
                                    countsNothing(),
                                    nextAllowedAt(in(days(1))),
                                    remedies(Remedy.WAIT)),
                            violation(
                                    Rule.MAX_DOWNLOAD_DEVICES,
                                    limit(2),
                                    current(2),
                                    counted("LicenseIssued L1", "LicenseIssued L2"),
                                    nextAllowedAt(in(days(3))),
                                    remedies(Remedy.RELEASE, Remedy.DEACTIVATE, Remedy.WAIT)),
                            violation(
                                    Rule.MAX_ACTIVE_DOWNLOADS_PER_DEVICE,
                                    limit(0),
                                    current(0),
                                    neverByTime(),
                                    remedies()),
                            violation(
                                    Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                                    limit(2),
                                    current(2),
                                    nextAllowedAt(in(days(3)))),
                            violation(
                                    Rule.MAX_ACTIVE_DOWNLOADS_PER_STUDIO,
                                    limit(1),
                                    current(2),
                                    nextAllowedAt(in(days(4)))),
                            violation(
                                    Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                                    limit(5),
                                    current(5),
                                    nextAllowedAt(yearAfterTheFirst())));
        }

        @Test
        void a_violation_names_the_scope_whose_policy_set_the_limit() {
            everything()
                    .setBy(Scope.STUDIO)
                    .when(acquire("Acme/Glow", "laptop"))
                    .thenDenied(
                            violation(Rule.TITLE_AVAILABILITY, setBy((Scope) null)),
                            violation(Rule.MAX_DOWNLOAD_DEVICES, setBy(Scope.STUDIO)),
                            violation(Rule.MAX_ACTIVE_DOWNLOADS_PER_DEVICE, setBy(Scope.STUDIO)),
                            violation(Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, setBy(Scope.STUDIO)),
                            violation(Rule.MAX_ACTIVE_DOWNLOADS_PER_STUDIO, setBy(Scope.STUDIO)),
                            violation(Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, setBy(Scope.STUDIO)));
        }

        @Test
        void a_renewal_names_all_its_violations_too() {
            given(
                            license("L1")
                                    .issuedAt(ago(days(9)))
                                    .renewedAt(ago(days(8)), ago(hours(1))),
                            downloads("Glow", 5, within(YEAR)))
                    .available(in(days(1)), null)
                    .under(PolicyKey.COUNT_RENEWALS, true)
                    .under(PolicyKey.MAX_RENEWALS, 1)
                    .under(PolicyKey.RENEW_AFTER, days(10))
                    .when(Asks.renew("L1"))
                    .thenDenied(
                            violation(
                                    Rule.LICENSE_ACTIVE,
                                    countsNothing(),
                                    neverByTime(),
                                    remedies(Remedy.ACQUIRE)),
                            violation(Rule.TITLE_AVAILABILITY, nextAllowedAt(in(days(1)))),
                            violation(Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, current(5)),
                            violation(Rule.MAX_RENEWALS, current(1)),
                            violation(Rule.RENEW_AFTER, nextAllowedAt(in(days(2)))));
        }

        @Test
        void precedence_is_fixed() {
            assertThat(Rule.values())
                    .containsExactly(
                            Rule.LICENSE_ACTIVE,
                            Rule.LICENSE_OVER_LIMIT,
                            Rule.SECOND_LICENSE,
                            Rule.DOWNLOAD_LICENSE,
                            Rule.TITLE_AVAILABILITY,
                            Rule.MAX_DOWNLOAD_DEVICES,
                            Rule.MAX_ACTIVE_DOWNLOADS_PER_DEVICE,
                            Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                            Rule.MAX_ACTIVE_DOWNLOADS_PER_STUDIO,
                            Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR,
                            Rule.MAX_RENEWALS,
                            Rule.RENEW_AFTER,
                            Rule.MAX_DEACTIVATIONS_PER_YEAR,
                            Rule.MAX_CONCURRENT_STREAMS);
        }
    }
}
