package dev.tally.licensing.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Instant;

/**
 * Golden hashes of requests. This release must recognize keys that an older release stored. If a
 * number here has to change, retries of older requests will be refused.
 */
class HashesTest {

    private static final String LICENSE = "01kajr6t4cq8v0w5n2m7x9z3ye";
    private static final Instant AT = Instant.parse("2026-11-21T08:15:30.123Z");

    @Test
    void the_hash_of_each_command_has_not_changed() {
        assertThat(Hashes.acquire(acquire("Anna's tablet")).value()).isEqualTo(1_888_213_038);
        assertThat(Hashes.acquire(acquire(null)).value()).isEqualTo(-871_287_450);
        assertThat(Hashes.confirm(LICENSE, AT).value()).isEqualTo(-54_047_531);
        assertThat(Hashes.confirm(LICENSE, null).value()).isEqualTo(-2_115_750_755);
        assertThat(Hashes.renew(LICENSE).value()).isEqualTo(-432_660_498);
        assertThat(Hashes.release(LICENSE, AT).value()).isEqualTo(-2_132_828_895);
        assertThat(Hashes.revoke(LICENSE, "Reported as stolen").value()).isEqualTo(174_894_111);
        assertThat(Hashes.waive("17", "The app crashed").value()).isEqualTo(-201_358_137);
        assertThat(Hashes.deactivate("tablet-1").value()).isEqualTo(-1_641_514_927);
    }

    private static AcquireRequest acquire(String deviceName) {
        return new AcquireRequest("glow-s01e01", "tablet-1", deviceName, "standard", "DOWNLOAD");
    }
}
