package dev.tally.licensing.domain;

import static dev.tally.catalog.PolicyKey.COUNT_RENEWALS;
import static dev.tally.catalog.PolicyKey.MAX_RENEWALS;
import static dev.tally.catalog.PolicyKey.RENEWAL_BASIS;
import static dev.tally.catalog.PolicyKey.RENEW_AFTER;
import static dev.tally.catalog.PolicyKey.RENTAL_DURATION;
import static dev.tally.licensing.domain.Asks.renew;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.POLICY_VERSION;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.justBefore;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Scenario.counted;
import static dev.tally.licensing.domain.Scenario.countsNothing;
import static dev.tally.licensing.domain.Scenario.current;
import static dev.tally.licensing.domain.Scenario.given;
import static dev.tally.licensing.domain.Scenario.limit;
import static dev.tally.licensing.domain.Scenario.neverByTime;
import static dev.tally.licensing.domain.Scenario.nextAllowedAt;
import static dev.tally.licensing.domain.Scenario.remedies;
import static dev.tally.licensing.domain.Scenario.violation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.License.Cap;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import java.time.Instant;

class RenewalTest {

    private static LicenseRenewed renewedUntil(Instant expiresAt) {
        return new LicenseRenewed(new LicenseId("L1"), NOW, expiresAt, POLICY_VERSION);
    }

    @Nested
    class Count {

        @Test
        void one_renewal_more_than_the_limit_is_denied() {
            given(
                            license("L1")
                                    .renewedAt(ago(hours(3)), in(days(30)))
                                    .renewedAt(ago(hours(2)), in(days(30))))
                    .under(MAX_RENEWALS, 2)
                    .when(renew("L1"))
                    .thenDenied(
                            Rule.MAX_RENEWALS,
                            limit(2),
                            current(2),
                            counted("LicenseRenewed L1", "LicenseRenewed L1 #2"),
                            neverByTime(),
                            remedies(Remedy.ACQUIRE));
        }

        @Test
        void the_last_renewal_of_the_limit_is_allowed() {
            given(license("L1").renewedAt(ago(hours(3)), in(days(29))))
                    .under(MAX_RENEWALS, 2)
                    .when(renew("L1"))
                    .thenAllowed(renewedUntil(in(days(30))));
        }

        @Test
        void each_license_is_counted_for_itself() {
            given(license("other").renewedAt(ago(hours(3)), in(days(30))), license("L1").of("Dark"))
                    .under(MAX_RENEWALS, 1)
                    .when(renew("L1"))
                    .thenAllowed();
        }

        @Test
        void a_limit_of_0_allows_no_renewal() {
            given(license("L1"))
                    .under(MAX_RENEWALS, 0)
                    .when(renew("L1"))
                    .thenDenied(
                            Rule.MAX_RENEWALS,
                            limit(0),
                            current(0),
                            counted(),
                            neverByTime(),
                            remedies(Remedy.ACQUIRE));
        }

        @Test
        void a_lowered_limit_leaves_the_license_as_it_is() {
            given(
                            license("L1")
                                    .renewedAt(ago(hours(3)), in(days(30)))
                                    .renewedAt(ago(hours(2)), in(days(31))))
                    .under(MAX_RENEWALS, 1)
                    .when(renew("L1"))
                    .thenDenied(Rule.MAX_RENEWALS, limit(1), current(2))
                    .thenLicense("L1", State.ISSUED, in(days(31)));
        }

        @Test
        void null_is_no_limit_and_the_last_hundred_renewals_are_named() {
            var renewed = license("L1");
            for (int i = 0; i < 150; i++) {
                renewed = renewed.renewedAt(ago(hours(1)), in(days(29)));
            }
            var found = given(renewed).when(renew("L1")).thenAllowed().found(Rule.MAX_RENEWALS);

            assertThat(found.limit()).isNull();
            assertThat(found.used()).isEqualTo(150);
            assertThat(found.countedEvents())
                    .hasSize(100)
                    .startsWith("LicenseRenewed L1 #51")
                    .endsWith("LicenseRenewed L1 #150");
        }
    }

    @Nested
    class After {

        @Test
        void a_moment_too_early_after_issue_is_denied() {
            given(license("L1").issuedAt(ago(days(2)).plusMillis(1)))
                    .under(RENEW_AFTER, days(2))
                    .when(renew("L1"))
                    .thenDenied(
                            Rule.RENEW_AFTER,
                            countsNothing(),
                            counted("LicenseIssued L1"),
                            nextAllowedAt(NOW.plusMillis(1)),
                            remedies(Remedy.WAIT));
        }

        @Test
        void the_first_moment_is_allowed() {
            given(license("L1").issuedAt(ago(days(2))))
                    .under(RENEW_AFTER, days(2))
                    .when(renew("L1"))
                    .thenAllowed();
        }

        @Test
        void the_last_renewal_starts_the_wait_anew() {
            given(
                            license("L1")
                                    .issuedAt(ago(days(20)))
                                    .renewedAt(ago(days(3)), in(days(27)))
                                    .renewedAt(ago(days(1)), in(days(29))))
                    .under(RENEW_AFTER, days(2))
                    .when(renew("L1"))
                    .thenDenied(
                            Rule.RENEW_AFTER,
                            counted("LicenseRenewed L1 #2"),
                            nextAllowedAt(in(days(1))));
        }

        @Test
        void null_is_no_wait() {
            given(license("L1").issuedAt(NOW))
                    .under(RENEW_AFTER, null)
                    .when(renew("L1"))
                    .thenAllowed();
        }

        @Test
        void as_shipped_there_is_no_wait() {
            given(license("L1").issuedAt(NOW)).when(renew("L1")).thenAllowed();
        }
    }

    @Nested
    class Basis {

        @Test
        void from_now_the_rental_clock_starts_now() {
            given(license("L1").until(in(days(10))))
                    .when(renew("L1"))
                    .thenAllowed(renewedUntil(in(days(30))))
                    .thenLicense("L1", State.ISSUED, in(days(30)));
        }

        @Test
        void from_expiry_it_starts_when_the_last_one_ends() {
            given(license("L1").until(in(days(10))))
                    .under(RENEWAL_BASIS, RenewalBasis.FROM_EXPIRY)
                    .when(renew("L1"))
                    .thenAllowed(renewedUntil(in(days(40))));
        }

        @Test
        void from_expiry_means_the_rental_clock_not_the_playback() {
            given(license("L1").until(in(days(10))).playsFor(days(20)).firstPlayedAt(ago(days(1))))
                    .under(RENEWAL_BASIS, RenewalBasis.FROM_EXPIRY)
                    .when(renew("L1"))
                    .thenAllowed(renewedUntil(in(days(40))))
                    .thenLicense("L1", State.PLAYING, in(days(19)));
        }

        @Test
        void a_running_playback_caps_a_renewal_and_nothing_is_written() {
            given(license("L1").until(in(days(10))).firstPlayedAt(ago(hours(1))))
                    .under(COUNT_RENEWALS, true)
                    .when(renew("L1"))
                    .thenCapped(Cap.PLAYBACK_DURATION)
                    .thenLicense("L1", State.PLAYING, in(hours(47)));
        }

        @Test
        void a_playback_that_ends_after_the_rental_does_not() {
            given(license("L1").until(in(hours(46))).firstPlayedAt(ago(hours(1))))
                    .when(renew("L1"))
                    .thenAllowed(renewedUntil(in(days(30))))
                    .thenLicense("L1", State.PLAYING, in(hours(47)));
        }

        @Test
        void the_hold_of_an_unconfirmed_license_caps_a_renewal_and_nothing_is_written() {
            given(license("L1").until(in(days(10))).heldUntil(in(hours(1))))
                    .under(COUNT_RENEWALS, true)
                    .when(renew("L1"))
                    .thenCapped(Cap.UNCONFIRMED_HOLD)
                    .thenLicense("L1", State.ISSUED, in(hours(1)));
        }

        @Test
        void a_hold_that_ends_after_the_rental_does_not() {
            given(license("L1").until(in(hours(1))).heldUntil(in(hours(2))))
                    .when(renew("L1"))
                    .thenAllowed(renewedUntil(in(days(30))))
                    .thenLicense("L1", State.ISSUED, in(hours(2)));
        }

        @Test
        void what_caps_a_held_license_for_good_is_named_before_the_hold() {
            given(license("L1").until(in(days(20))).heldUntil(in(hours(1))))
                    .available(null, in(days(20)))
                    .when(renew("L1"))
                    .thenCapped(Cap.TITLE_AVAILABILITY);
        }

        @Test
        void the_end_of_all_time_caps_a_license_that_is_renewed_for_ever() {
            var last = Instant.parse("9999-12-31T23:59:59Z");
            given(license("L1").until(last))
                    .under(RENEWAL_BASIS, RenewalBasis.FROM_EXPIRY)
                    .under(COUNT_RENEWALS, true)
                    .when(renew("L1"))
                    .thenCapped(Cap.RENTAL_DURATION);
        }

        @Test
        void a_license_without_end_stays_without() {
            for (var basis : RenewalBasis.values()) {
                given(license("L1").until(null))
                        .under(RENEWAL_BASIS, basis)
                        .when(renew("L1"))
                        .thenCapped(Cap.RENTAL_DURATION);
            }
        }

        @Test
        void a_rental_duration_of_null_takes_the_end_away() {
            given(license("L1"))
                    .under(RENTAL_DURATION, null)
                    .when(renew("L1"))
                    .thenAllowed(renewedUntil(null));
        }

        @Test
        void a_lowered_rental_duration_does_not_shorten_the_license() {
            given(license("L1").until(in(days(29))))
                    .under(RENTAL_DURATION, days(7))
                    .when(renew("L1"))
                    .thenCapped(Cap.RENTAL_DURATION)
                    .thenLicense("L1", State.ISSUED, in(days(29)));
        }
    }

    @Nested
    class Availability {

        @Test
        void a_renewal_ends_with_the_title() {
            given(license("L1").until(in(days(10))))
                    .available(null, in(days(20)))
                    .when(renew("L1"))
                    .thenAllowed(renewedUntil(in(days(20))));
        }

        @Test
        void it_ends_with_the_title_where_the_rental_has_no_end() {
            given(license("L1").until(in(days(10))))
                    .under(RENTAL_DURATION, null)
                    .available(null, in(days(20)))
                    .when(renew("L1"))
                    .thenAllowed(renewedUntil(in(days(20))));
        }

        @Test
        void an_availability_cut_short_ends_the_license_then_and_no_renewal_moves_it() {
            for (var basis : RenewalBasis.values()) {
                given(license("L1").until(in(days(10))))
                        .available(null, in(days(5)))
                        .under(RENEWAL_BASIS, basis)
                        .under(COUNT_RENEWALS, true)
                        .when(renew("L1"))
                        .thenCapped(Cap.TITLE_AVAILABILITY)
                        .thenLicense("L1", State.ISSUED, in(days(5)));
            }
        }

        @Test
        void a_license_that_ends_with_its_title_is_not_renewed() {
            given(license("L1").until(in(days(20))))
                    .available(null, in(days(20)))
                    .when(renew("L1"))
                    .thenCapped(Cap.TITLE_AVAILABILITY);
        }

        @Test
        void what_caps_a_renewal_hides_no_rule_that_forbids_it() {
            given(license("L1").until(in(days(20))))
                    .available(null, in(days(20)))
                    .under(MAX_RENEWALS, 0)
                    .when(renew("L1"))
                    .thenDenied(Rule.MAX_RENEWALS);
        }

        @Test
        void a_title_that_is_gone_is_not_renewed() {
            given(license("L1"))
                    .available(null, NOW)
                    .when(renew("L1"))
                    .thenDenied(
                            violation(Rule.LICENSE_ACTIVE),
                            violation(Rule.TITLE_AVAILABILITY, neverByTime(), remedies()));
            given(license("L1"))
                    .available(null, NOW)
                    .when(renew("L1").at(justBefore(NOW)))
                    .thenCapped(Cap.TITLE_AVAILABILITY);
        }
    }
}
