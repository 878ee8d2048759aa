package dev.tally.licensing.domain;

import static dev.tally.catalog.PolicyKey.MAX_DEACTIVATIONS_PER_YEAR;
import static dev.tally.licensing.domain.Asks.acquire;
import static dev.tally.licensing.domain.Asks.deactivate;
import static dev.tally.licensing.domain.Asks.release;
import static dev.tally.licensing.domain.Asks.revoke;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.activated;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.deactivated;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.justBefore;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Rule.MAX_DOWNLOAD_DEVICES;
import static dev.tally.licensing.domain.Scenario.counted;
import static dev.tally.licensing.domain.Scenario.current;
import static dev.tally.licensing.domain.Scenario.given;
import static dev.tally.licensing.domain.Scenario.limit;
import static dev.tally.licensing.domain.Scenario.neverByTime;
import static dev.tally.licensing.domain.Scenario.nextAllowedAt;
import static dev.tally.licensing.domain.Scenario.remedies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey;
import dev.tally.ids.DeviceId;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.Scenario.Given;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;

import org.junit.jupiter.api.Test;

class DownloadDevicesTest {

    private static final PolicyKey LIMIT = PolicyKey.MAX_DOWNLOAD_DEVICES;

    /**
     * A customer with two of two devices. The phone holds two licenses, the tablet one that ends
     * later.
     */
    private static Given full() {
        return given(
                        activated("phone", ago(days(9))),
                        license("L1").of("Glow").on("phone").until(in(days(1))),
                        license("L2").of("Dark").on("phone").until(in(days(5))),
                        activated("tablet", ago(days(8))),
                        license("L3").of("Glow").on("tablet").until(in(days(7))))
                .under(LIMIT, 2);
    }

    @Test
    void one_device_more_than_the_limit_is_denied() {
        full().when(acquire("Glow", "laptop"))
                .thenDenied(
                        MAX_DOWNLOAD_DEVICES,
                        limit(2),
                        current(2),
                        counted("LicenseIssued L2", "LicenseIssued L3"),
                        nextAllowedAt(in(days(5))),
                        remedies(Remedy.RELEASE, Remedy.DEACTIVATE, Remedy.WAIT));
    }

    @Test
    void the_last_device_of_the_limit_is_allowed() {
        full().under(LIMIT, 3).when(acquire("Glow", "laptop")).thenAllowed();
    }

    @Test
    void a_device_that_already_holds_a_download_takes_no_more() {
        full().when(acquire("Lost", "phone")).thenAllowed();
    }

    @Test
    void a_device_that_holds_a_download_goes_on_under_a_lowered_limit() {
        full().under(LIMIT, 1).when(acquire("Lost", "phone")).thenAllowed();
        full().under(LIMIT, 0).when(acquire("Lost", "phone")).thenAllowed();
    }

    @Test
    void under_a_lowered_limit_more_than_one_device_has_to_be_freed() {
        full().under(LIMIT, 1)
                .when(acquire("Glow", "laptop"))
                .thenDenied(MAX_DOWNLOAD_DEVICES, current(2), nextAllowedAt(in(days(7))));
    }

    @Test
    void releasing_the_last_license_on_a_device_frees_it() {
        full().when(release("L1"))
                .then()
                .when(acquire("Glow", "laptop"))
                .thenDenied(MAX_DOWNLOAD_DEVICES, current(2));
        full().when(release("L3")).then().when(acquire("Glow", "laptop")).thenAllowed();
    }

    @Test
    void revoking_the_last_license_on_a_device_frees_it() {
        full().when(revoke("L3")).then().when(acquire("Glow", "laptop")).thenAllowed();
    }

    @Test
    void deactivating_a_device_frees_it() {
        full().under(MAX_DEACTIVATIONS_PER_YEAR, null)
                .when(deactivate("phone"))
                .then()
                .when(acquire("Glow", "laptop"))
                .thenAllowed();
    }

    @Test
    void the_expiry_of_the_last_license_on_a_device_frees_it() {
        full().when(acquire("Glow", "laptop").at(in(days(1))))
                .thenDenied(MAX_DOWNLOAD_DEVICES, current(2));
        full().when(acquire("Glow", "laptop").at(justBefore(in(days(5)))))
                .thenDenied(MAX_DOWNLOAD_DEVICES, current(2));
        full().when(acquire("Glow", "laptop").at(in(days(5)))).thenAllowed();
    }

    @Test
    void a_device_whose_license_never_ends_is_not_freed_by_time() {
        given(license("L1").until(null).playsFor(null))
                .under(LIMIT, 1)
                .when(acquire("Glow", "laptop"))
                .thenDenied(
                        MAX_DOWNLOAD_DEVICES,
                        neverByTime(),
                        remedies(Remedy.RELEASE, Remedy.DEACTIVATE));
    }

    @Test
    void a_device_with_a_license_that_never_ends_is_freed_after_the_others() {
        given(
                        license("L1").of("Glow").on("phone").until(null),
                        license("L2").of("Dark").on("phone").until(in(days(1))),
                        license("L3").of("Glow").on("tablet").until(in(days(7))))
                .under(LIMIT, 2)
                .when(acquire("Glow", "laptop"))
                .thenDenied(
                        MAX_DOWNLOAD_DEVICES,
                        counted("LicenseIssued L1", "LicenseIssued L3"),
                        nextAllowedAt(in(days(7))));
    }

    @Test
    void a_device_that_only_streams_does_not_count() {
        given(license("L1").on("tv").streaming())
                .under(LIMIT, 1)
                .when(acquire("Glow", "laptop"))
                .thenAllowed();
    }

    @Test
    void a_device_that_only_streams_takes_one_with_its_first_download() {
        given(license("L1").on("phone"), license("L2").of("Dark").on("tv").streaming())
                .under(LIMIT, 1)
                .when(acquire("Glow", "tv"))
                .thenDenied(MAX_DOWNLOAD_DEVICES, current(1));
    }

    @Test
    void null_is_no_limit() {
        full().under(LIMIT, null).when(acquire("Glow", "laptop")).thenAllowed();
    }

    @Test
    void a_limit_of_0_allows_no_device_and_nothing_helps() {
        given().under(LIMIT, 0)
                .when(acquire("Glow"))
                .thenDenied(MAX_DOWNLOAD_DEVICES, limit(0), current(0), neverByTime(), remedies());
    }

    @Test
    void the_first_download_activates_a_device() {
        var activated =
                given().when(acquire("Glow", "phone", "My phone"))
                        .thenAllowed()
                        .event(DeviceActivated.class);

        assertThat(activated)
                .isEqualTo(new DeviceActivated(new DeviceId("phone"), "My phone", NOW));
    }

    @Test
    void a_download_activates_a_deactivated_device_again() {
        given(deactivated("phone", ago(days(1))))
                .when(acquire("Glow", "phone"))
                .thenAllowed()
                .event(DeviceActivated.class);
    }

    @Test
    void a_device_activated_again_keeps_its_name_until_it_says_another() {
        var silent =
                given(deactivated("phone", ago(days(1))))
                        .when(acquire("Glow", "phone", null))
                        .event(DeviceActivated.class);

        assertThat(silent.name()).isEqualTo("phone");
    }

    @Test
    void a_device_that_says_another_name_is_renamed() {
        var renamed =
                given(activated("phone", ago(days(1))))
                        .when(acquire("Glow", "phone", "Nora's"))
                        .event(DeviceRenamed.class);

        assertThat(renamed).isEqualTo(new DeviceRenamed(new DeviceId("phone"), "Nora's", NOW));
    }

    @Test
    void a_device_that_says_the_same_name_or_none_stays_as_it_is() {
        for (var name : new String[] {"phone", null}) {
            var events =
                    given(activated("phone", ago(days(1))))
                            .when(acquire("Glow", "phone", name))
                            .events();
            assertThat(events).noneMatch(DeviceEvent.class::isInstance);
        }
    }
}
