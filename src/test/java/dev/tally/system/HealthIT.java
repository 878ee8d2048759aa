package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;

class HealthIT {

    private final TallyServer server = TallyServer.get();

    @ParameterizedTest
    @ValueSource(strings = {"/health/started", "/health/ready", "/health/live"})
    void a_migrated_server_is_up(String path) {
        assertThat(server.client().get(path).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/openapi", "/openapi/ui/"})
    void what_operators_look_at_needs_no_token(String path) {
        assertThat(server.client().get(path).status()).isEqualTo(200);
    }

    @Test
    void readiness_tells_long_before_partitions_run_out() {
        var data = server.health("store");
        assertThat(data.get("daysOfPartitionsAhead").intValue()).isGreaterThan(80);
        assertThat(data.has("warning")).isFalse();
    }

    @Test
    void the_start_logged_no_warning_and_no_error() throws Exception {
        var log = Path.of("target/system/tally.log");
        try (var lines = Files.lines(log)) {
            // Other tests provoke warnings later, so only lines from before the server took
            // requests count.
            assertThat(lines.takeWhile(line -> !line.contains("CWWKF0011I")))
                    .isNotEmpty()
                    .noneMatch(line -> line.contains("[WARNING") || line.contains("[ERROR"));
        }
    }
}
