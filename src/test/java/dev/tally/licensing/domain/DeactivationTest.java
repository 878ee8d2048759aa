package dev.tally.licensing.domain;

import static dev.tally.catalog.PolicyKey.MAX_DEACTIVATIONS_PER_YEAR;
import static dev.tally.licensing.domain.Asks.deactivate;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.POLICY_VERSION;
import static dev.tally.licensing.domain.Facts.activated;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.deactivated;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.justBefore;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Facts.yearAfter;
import static dev.tally.licensing.domain.Scenario.counted;
import static dev.tally.licensing.domain.Scenario.current;
import static dev.tally.licensing.domain.Scenario.given;
import static dev.tally.licensing.domain.Scenario.limit;
import static dev.tally.licensing.domain.Scenario.neverByTime;
import static dev.tally.licensing.domain.Scenario.nextAllowedAt;
import static dev.tally.licensing.domain.Scenario.remedies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.Scenario.Given;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;

import org.junit.jupiter.api.Test;

import java.time.Instant;

class DeactivationTest {

    private static final Instant FIRST = Instant.parse("2025-03-02T08:00:00Z");

    /** A customer who deactivated four devices in the last year, and whose phone is active. */
    private static Given four() {
        return given(
                deactivated("one", FIRST),
                deactivated("two", ago(days(200))),
                deactivated("three", ago(days(100))),
                deactivated("four", ago(days(1))),
                activated("phone", ago(days(50))));
    }

    @Test
    void one_deactivation_more_than_the_yearly_limit_is_denied() {
        four().when(deactivate("phone"))
                .thenDenied(
                        Rule.MAX_DEACTIVATIONS_PER_YEAR,
                        limit(4),
                        current(4),
                        counted(
                                "DeviceDeactivated one",
                                "DeviceDeactivated two",
                                "DeviceDeactivated three",
                                "DeviceDeactivated four"),
                        nextAllowedAt(yearAfter(FIRST)),
                        remedies(Remedy.WAIT));
    }

    @Test
    void the_last_deactivation_of_the_limit_is_allowed() {
        four().under(MAX_DEACTIVATIONS_PER_YEAR, 5)
                .when(deactivate("phone"))
                .thenAllowed(new DeviceDeactivated(new DeviceId("phone"), NOW, POLICY_VERSION));
    }

    @Test
    void a_deactivation_counts_until_a_year_has_passed() {
        four().when(deactivate("phone").at(justBefore(yearAfter(FIRST))))
                .thenDenied(Rule.MAX_DEACTIVATIONS_PER_YEAR, current(4));
        four().when(deactivate("phone").at(yearAfter(FIRST))).thenAllowed();
    }

    @Test
    void a_lowered_limit_names_the_time_when_enough_have_passed() {
        four().under(MAX_DEACTIVATIONS_PER_YEAR, 2)
                .when(deactivate("phone"))
                .thenDenied(
                        Rule.MAX_DEACTIVATIONS_PER_YEAR,
                        current(4),
                        nextAllowedAt(yearAfter(ago(days(100)))));
    }

    @Test
    void the_same_device_counts_each_time() {
        given(
                        deactivated("phone", ago(days(20))),
                        deactivated("phone", ago(days(10))),
                        activated("phone", ago(days(5))))
                .under(MAX_DEACTIVATIONS_PER_YEAR, 2)
                .when(deactivate("phone"))
                .thenDenied(
                        Rule.MAX_DEACTIVATIONS_PER_YEAR,
                        current(2),
                        counted("DeviceDeactivated phone", "DeviceDeactivated phone #2"));
    }

    @Test
    void null_is_no_limit() {
        four().under(MAX_DEACTIVATIONS_PER_YEAR, null).when(deactivate("phone")).thenAllowed();
    }

    @Test
    void a_limit_of_0_allows_none_and_nothing_helps() {
        given(activated("phone", ago(days(1))))
                .under(MAX_DEACTIVATIONS_PER_YEAR, 0)
                .when(deactivate("phone"))
                .thenDenied(
                        Rule.MAX_DEACTIVATIONS_PER_YEAR,
                        limit(0),
                        current(0),
                        neverByTime(),
                        remedies());
    }

    @Test
    void a_device_that_is_off_stays_off_whatever_the_limit() {
        four().when(deactivate("one")).thenUnchanged();
        given(deactivated("phone", FIRST)).when(deactivate("phone")).thenUnchanged();
    }

    @Test
    void it_releases_every_active_license_on_the_device_and_no_other() {
        var deactivated =
                given(
                                activated("phone", ago(days(9))),
                                license("L1").of("Glow"),
                                license("L2").of("Dark").firstPlayedAt(ago(hours(1))),
                                license("live").of("News").streaming(),
                                license("released").releasedAt(ago(hours(2))),
                                license("expired").until(ago(hours(1))),
                                license("elsewhere").on("tablet"))
                        .when(deactivate("phone"))
                        .thenAllowed();

        assertThat(deactivated.events())
                .containsExactlyInAnyOrder(
                        released("L1"),
                        released("L2"),
                        released("live"),
                        new DeviceDeactivated(new DeviceId("phone"), NOW, POLICY_VERSION));
        assertThat(deactivated.after().licenses().activeOn(new DeviceId("phone"), NOW)).isEmpty();
        assertThat(deactivated.after().licenses().activeOn(new DeviceId("tablet"), NOW)).hasSize(1);
    }

    @Test
    void a_device_without_licenses_is_deactivated_alone() {
        given(activated("phone", in(days(0))))
                .when(deactivate("phone"))
                .thenAllowed(new DeviceDeactivated(new DeviceId("phone"), NOW, POLICY_VERSION));
    }

    private static LicenseReleased released(String license) {
        return new LicenseReleased(
                new LicenseId(license), NOW, ReleaseCause.DEVICE_DEACTIVATED, null);
    }
}
