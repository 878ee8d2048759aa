package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.architecture.OpenApi;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/** The usage of a studio over HTTP, in JSON and as CSV. */
class StudioUsageIT {

    /** Longest time until what has happened is counted. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();
    private final LocalDate today = LocalDate.now(ZoneOffset.UTC);

    @Test
    void what_has_happened_to_a_studios_titles_is_told_in_json_and_as_csv() {
        var license = anna.acquire(title, "phone", "premium").json();
        anna.post(license.get("licenseId").stringValue(), "/release");
        var studio = license.get("studioId").stringValue();
        var query =
                "/v1/studios/"
                        + studio
                        + "/usage?from="
                        + today
                        + "&to="
                        + today.plusDays(1)
                        + "&titleId="
                        + title;

        var usage = counted(query);

        assertThat(OpenApi.errors("StudioUsage", usage)).isEmpty();
        assertThat(usage.get("closed").booleanValue()).isFalse();
        var row = usage.get("days").get(0);
        assertThat(row.get("acquired").intValue()).isEqualTo(1);
        assertThat(row.get("released").intValue()).isEqualTo(1);
        assertThat(row.get("active").intValue()).isZero();
        var csv = anna.reader().with("Accept", "text/csv").get(query);
        assertThat(csv.header("Content-Type")).startsWith("text/csv");
        assertThat(csv.header("Tally-Closed")).isEqualTo("false");
        assertThat(csv.body()).contains("\"" + title + "\",DOWNLOAD,1,0,0,1,0,0,0\r\n");
    }

    @Test
    void what_is_asked_wrongly_is_refused() {
        for (var query :
                List.of(
                        "",
                        "?from=2026-01-01",
                        "?from=2026-01-02&to=2026-01-01",
                        "?from=2026-01-01&to=2027-06-01",
                        "?from=2026-02-30&to=2026-03-01",
                        "?from=2026-01-01&to=2026-01-01&x=1")) {
            assertThat(anna.reader().get("/v1/studios/s/usage" + query).status())
                    .as(query)
                    .isEqualTo(400);
        }
    }

    @Test
    void only_readers_and_operators_are_told() {
        var path = "/v1/studios/s/usage?from=2026-01-01&to=2026-01-01";
        assertThat(anna.edge().get(path).status()).isEqualTo(403);
        assertThat(anna.operator().get(path).status()).isIn(200, 503);
    }

    private JsonNode counted(String query) {
        var until = Instant.now().plus(LIMIT);
        while (Instant.now().isBefore(until)) {
            var answer = anna.reader().get(query);
            if (answer.status() == 200
                    && !answer.json().get("days").isEmpty()
                    && answer.json().get("days").get(0).get("released").intValue() > 0) {
                return answer.json();
            }
        }
        throw new AssertionError("nothing was counted within " + LIMIT);
    }
}
