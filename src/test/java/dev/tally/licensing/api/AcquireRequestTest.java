package dev.tally.licensing.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.ids.CustomerId;

import org.junit.jupiter.api.Test;

import java.time.Instant;

class AcquireRequestTest {

    private static final CustomerId ANNA = new CustomerId("anna");
    private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");

    private final AcquireRequest request =
            new AcquireRequest("glow-s01e01", "tablet-1", null, "standard", "DOWNLOAD");

    @Test
    void under_a_key_the_license_has_the_same_id_on_every_node_and_in_every_release() {
        var command = request.command(ANNA, "5f3c1d0e", NOW);

        assertThat(command.ids().license().value()).isEqualTo("fmvk81eqjbgqbjmpnz7mrkttve");
        assertThat(request.command(ANNA, "5f3c1d0e", NOW).ids().license())
                .isEqualTo(command.ids().license());
    }

    @Test
    void another_customer_or_key_has_another_license() {
        var license = request.command(ANNA, "5f3c1d0e", NOW).ids().license();

        assertThat(request.command(new CustomerId("ann"), "a5f3c1d0e", NOW).ids().license())
                .isNotEqualTo(license);
        assertThat(request.command(ANNA, "5f3c1d0f", NOW).ids().license()).isNotEqualTo(license);
    }

    @Test
    void without_a_key_the_license_is_a_new_one_each_time() {
        var license = request.command(ANNA, null, NOW).ids().license();

        assertThat(request.command(ANNA, null, NOW).ids().license()).isNotEqualTo(license);
    }
}
