package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;

class OutageIT {

    private static final Duration SHOWS_WITHIN = Duration.ofSeconds(4);

    private final TallyServer server = TallyServer.get();

    @AfterEach
    void restore() {
        server.relay().restore();
    }

    @Test
    void a_stopped_database_is_not_ready_and_ready_again_once_it_is_back() {
        server.relay().cut();
        assertThat(server.client().get("/health/ready").status()).isEqualTo(503);
        assertThat(server.client().get("/health/live").status()).isEqualTo(200);

        server.relay().restore();
        assertThat(server.client().get("/health/ready").status()).isEqualTo(200);
    }

    @Test
    void a_silent_database_shows_within_seconds() {
        assertThat(server.client().get("/health/ready").status()).isEqualTo(200);
        server.relay().silence();

        var asked = Instant.now();
        assertThat(server.client().get("/health/ready").status()).isEqualTo(503);
        assertThat(Duration.between(asked, Instant.now())).isLessThan(SHOWS_WITHIN);

        server.relay().restore();
        assertThat(server.client().get("/health/ready").status()).isEqualTo(200);
    }

    @Test
    void a_health_check_is_one_round_trip_on_a_connection_that_is_open() {
        assertThat(server.client().get("/health/ready").status()).isEqualTo(200);
        // The probe's file and the catalogue ask the database now and then, too.
        await().untilAsserted(
                        () -> {
                            var before = server.relay().roundTrips();
                            server.client().get("/health/ready");
                            assertThat(server.relay().roundTrips() - before).isEqualTo(1);
                        });
    }
}
