package dev.tally.licensing.domain;

import static dev.tally.licensing.domain.Asks.acquire;
import static dev.tally.licensing.domain.Asks.release;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Facts.licenses;
import static dev.tally.licensing.domain.Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER;
import static dev.tally.licensing.domain.Rule.MAX_ACTIVE_DOWNLOADS_PER_DEVICE;
import static dev.tally.licensing.domain.Rule.MAX_ACTIVE_DOWNLOADS_PER_STUDIO;
import static dev.tally.licensing.domain.Scenario.counted;
import static dev.tally.licensing.domain.Scenario.current;
import static dev.tally.licensing.domain.Scenario.given;
import static dev.tally.licensing.domain.Scenario.limit;
import static dev.tally.licensing.domain.Scenario.neverByTime;
import static dev.tally.licensing.domain.Scenario.nextAllowedAt;
import static dev.tally.licensing.domain.Scenario.remedies;

import dev.tally.catalog.PolicyKey;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.Scenario.Given;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ActiveDownloadsTest {

    private static final PolicyKey PER_DEVICE = PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_DEVICE;
    private static final PolicyKey PER_CUSTOMER = PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER;
    private static final PolicyKey PER_STUDIO = PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_STUDIO;

    /**
     * Four active downloads: three of the studio Acme, two of them on the phone, and one of another
     * studio on the phone.
     */
    private static Given four() {
        return given(
                license("L1").of("Acme/1").on("phone").until(in(days(1))),
                license("L2").of("Acme/2").on("phone").until(in(days(2))),
                license("L3").of("Acme/3").on("tablet").until(in(days(3))),
                license("L4").of("Zeta/4").on("phone").until(in(days(4))));
    }

    @Test
    void one_more_on_a_device_than_its_limit_is_denied() {
        four().under(PER_DEVICE, 3)
                .when(acquire("Acme/5", "phone"))
                .thenDenied(
                        MAX_ACTIVE_DOWNLOADS_PER_DEVICE,
                        limit(3),
                        current(3),
                        counted("LicenseIssued L1", "LicenseIssued L2", "LicenseIssued L4"),
                        nextAllowedAt(in(days(1))),
                        remedies(Remedy.RELEASE, Remedy.WAIT));
    }

    @Test
    void the_last_on_a_device_is_allowed() {
        four().under(PER_DEVICE, 4).when(acquire("Acme/5", "phone")).thenAllowed();
        four().under(PER_DEVICE, 3).when(acquire("Acme/5", "tablet")).thenAllowed();
    }

    @Test
    void a_device_holds_a_hundred_as_shipped() {
        given(licenses(99, "phone")).when(acquire("Glow")).thenAllowed();
        given(licenses(100, "phone"))
                .when(acquire("Glow"))
                .thenDenied(MAX_ACTIVE_DOWNLOADS_PER_DEVICE, limit(100), current(100));
    }

    @Test
    void one_more_of_a_customer_than_the_limit_is_denied() {
        four().under(PER_CUSTOMER, 4)
                .when(acquire("Glow", "laptop"))
                .thenDenied(
                        MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                        limit(4),
                        current(4),
                        counted(
                                "LicenseIssued L1",
                                "LicenseIssued L2",
                                "LicenseIssued L3",
                                "LicenseIssued L4"),
                        nextAllowedAt(in(days(1))),
                        remedies(Remedy.RELEASE, Remedy.WAIT));
    }

    @Test
    void the_last_of_a_customer_is_allowed() {
        four().under(PER_CUSTOMER, 5).when(acquire("Glow", "laptop")).thenAllowed();
    }

    @Test
    void one_more_of_a_studio_than_its_limit_is_denied() {
        four().under(PER_STUDIO, 3)
                .when(acquire("Acme/5", "laptop"))
                .thenDenied(
                        MAX_ACTIVE_DOWNLOADS_PER_STUDIO,
                        limit(3),
                        current(3),
                        counted("LicenseIssued L1", "LicenseIssued L2", "LicenseIssued L3"),
                        nextAllowedAt(in(days(1))),
                        remedies(Remedy.RELEASE, Remedy.WAIT));
    }

    @Test
    void the_last_of_a_studio_is_allowed() {
        four().under(PER_STUDIO, 4).when(acquire("Acme/5", "laptop")).thenAllowed();
        four().under(PER_STUDIO, 3).when(acquire("Zeta/5", "laptop")).thenAllowed();
    }

    @Test
    void a_lowered_limit_names_the_time_when_enough_have_ended() {
        four().under(PER_CUSTOMER, 2)
                .when(acquire("Glow", "laptop"))
                .thenDenied(
                        MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, current(4), nextAllowedAt(in(days(3))));
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "MAX_ACTIVE_DOWNLOADS_PER_DEVICE",
                "MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER",
                "MAX_ACTIVE_DOWNLOADS_PER_STUDIO"
            })
    void only_active_downloads_count(PolicyKey key) {
        given(
                        license("played").firstPlayedAt(ago(hours(48))),
                        license("expired").until(ago(days(0))),
                        license("released").releasedAt(ago(hours(1))),
                        license("revoked").revokedAt(ago(hours(1))),
                        license("lapsed").heldUntil(ago(hours(1))),
                        license("streaming").streaming(),
                        license("active").of("Dark"))
                .under(key, 2)
                .when(acquire("Glow"))
                .thenAllowed();
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "MAX_ACTIVE_DOWNLOADS_PER_DEVICE",
                "MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER",
                "MAX_ACTIVE_DOWNLOADS_PER_STUDIO"
            })
    void a_release_makes_room_for_one(PolicyKey key) {
        var full = given(license("L1").of("Acme/1")).under(key, 1);

        full.when(acquire("Acme/2")).thenDenied(rule(key), current(1));
        full.when(release("L1")).then().when(acquire("Acme/2")).thenAllowed();
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "MAX_ACTIVE_DOWNLOADS_PER_DEVICE",
                "MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER",
                "MAX_ACTIVE_DOWNLOADS_PER_STUDIO"
            })
    void licenses_that_never_end_leave_no_room_by_time(PolicyKey key) {
        given(license("L1").of("Acme/1").until(null))
                .under(key, 1)
                .when(acquire("Acme/2"))
                .thenDenied(rule(key), neverByTime(), remedies(Remedy.RELEASE));
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "MAX_ACTIVE_DOWNLOADS_PER_DEVICE",
                "MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER",
                "MAX_ACTIVE_DOWNLOADS_PER_STUDIO"
            })
    void a_limit_of_0_allows_none_and_nothing_helps(PolicyKey key) {
        given().under(key, 0)
                .when(acquire("Acme/1"))
                .thenDenied(rule(key), limit(0), current(0), neverByTime(), remedies());
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "MAX_ACTIVE_DOWNLOADS_PER_DEVICE",
                "MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER",
                "MAX_ACTIVE_DOWNLOADS_PER_STUDIO"
            })
    void null_is_no_limit(PolicyKey key) {
        given(licenses(150, "phone"))
                .under(PER_DEVICE, null)
                .under(key, null)
                .when(acquire("Glow"))
                .thenAllowed();
    }

    private static Rule rule(PolicyKey key) {
        return Rule.valueOf(key.name());
    }
}
