package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;

/** Times are written in one form, and read in several. */
class JsonTimesTest {

    record At(Instant at) {}

    @ParameterizedTest
    @CsvSource({
        "2026-11-25T18:04:45Z,             2026-11-25T18:04:45.000000Z",
        "2026-11-25T18:04:45.2Z,           2026-11-25T18:04:45.200000Z",
        "2026-11-25T18:04:45.273Z,         2026-11-25T18:04:45.273000Z",
        "2026-11-25T18:04:45.273456789Z,   2026-11-25T18:04:45.273456Z",
        "2026-11-25T19:04:45.273456+01:00, 2026-11-25T18:04:45.273456Z",
        "1970-01-01T00:00:00Z,             1970-01-01T00:00:00.000000Z",
        "9999-12-31T23:59:59Z,             9999-12-31T23:59:59.000000Z"
    })
    void a_time_always_has_six_digits(String read, String written) {
        var body = "{\"at\":\"%s\"}".formatted(read).getBytes(StandardCharsets.UTF_8);
        var at = Json.read(body, At.class);

        assertThat(Json.MAPPER.writeValueAsString(at)).isEqualTo("{\"at\":\"" + written + "\"}");
        assertThat(Json.MAPPER.writeValueAsString(Map.of("a", at.at())))
                .isEqualTo("{\"a\":\"" + written + "\"}");
        assertThat(Json.text(at.at())).isEqualTo(written);
    }
}
