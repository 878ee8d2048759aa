package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.runtime.Ids;

import org.junit.jupiter.api.Test;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Titles and policies can be written, and decisions follow them. */
class CatalogIT {

    private final TallyServer server = TallyServer.get();
    private final Client operator = server.as("operator");
    private final Customer anna = new Customer();

    @Test
    void a_title_is_put_and_shown() {
        var path = "/v1/titles/title-" + Ids.next();
        var title =
                "{\"name\":\"Glow\",\"studioId\":\"s\",\"availabilityEnd\":\"2099-01-01T00:00:00Z\"}";

        assertThat(operator.put(path, title).status()).isEqualTo(200);

        var shown = server.as("reader").get(path).json();
        assertThat(shown.get("name").stringValue()).isEqualTo("Glow");
        assertThat(shown.get("availabilityStart").isNull()).isTrue();
        assertThat(shown.get("availabilityEnd").stringValue())
                .isEqualTo("2099-01-01T00:00:00.000000Z");
        assertThat(operator.put(path, title.replace("Glow", "Glow 2")).status()).isEqualTo(200);
        assertThat(server.as("reader").get(path).json().get("name").stringValue())
                .isEqualTo("Glow 2");
    }

    @Test
    void titles_are_loaded_by_the_line_and_a_bad_line_costs_only_itself() {
        var prefix = "bulk-" + Ids.next();
        var lines =
                IntStream.range(0, 1_200)
                        .mapToObj(i -> line(prefix + "-" + i))
                        .collect(Collectors.toList());
        lines.set(3, "{not json}");
        lines.set(7, line(prefix + "-7").replace("\"name\"", "\"nome\""));
        lines.set(9, "");
        lines.set(11, "{\"name\":\"n\",\"studioId\":\"s\"}");

        var report =
                operator.send(
                        "POST",
                        "/v1/titles",
                        "application/x-ndjson",
                        BodyPublishers.ofString(String.join("\n", lines)));

        assertThat(report.status()).isEqualTo(200);
        assertThat(report.json().get("stored").intValue()).isEqualTo(1_196);
        assertThat(report.json().get("rejected").intValue()).isEqualTo(3);
        assertThat(report.json().get("errors").get(0).get("line").intValue()).isEqualTo(4);
        assertThat(report.json().get("errors").get(1).get("line").intValue()).isEqualTo(8);
        assertThat(report.json().get("errors").get(2).get("line").intValue()).isEqualTo(12);
        assertThat(server.as("reader").get("/v1/titles/" + prefix + "-1199").status())
                .isEqualTo(200);
    }

    @Test
    void titles_are_listed_page_by_page() {
        var prefix = "page-" + Ids.next();
        operator.send(
                "POST",
                "/v1/titles",
                "application/x-ndjson",
                BodyPublishers.ofString(
                        line(prefix + "-a")
                                + "\n"
                                + line(prefix + "-b")
                                + "\n"
                                + line(prefix + "-c")));
        var first = server.as("reader").get("/v1/titles?limit=2&cursor=" + cursor(prefix)).json();
        assertThat(first.at("/titles/0/titleId").stringValue()).isEqualTo(prefix + "-a");
        assertThat(first.get("titles").size()).isEqualTo(2);
        var next = first.get("next").stringValue();
        var second = server.as("reader").get("/v1/titles?limit=2&cursor=" + next).json();
        assertThat(second.at("/titles/0/titleId").stringValue()).isEqualTo(prefix + "-c");
    }

    @Test
    void a_policy_of_a_title_is_stronger_than_the_global_one_and_tells_its_version() {
        var title = Customer.newTitle();
        var put = operator.put("/v1/policies/title/" + title, limit(1));
        assertThat(put.status()).isEqualTo(200);
        var version = put.json().get("version").intValue();
        assertThat(put.header("ETag")).isEqualTo("\"" + version + "\"");

        var acquired = anna.acquire(title, "phone", "standard");
        assertThat(acquired.json().get("policyVersion").intValue()).isEqualTo(version);

        var denied = anna.acquire(title, "tablet", "standard");
        assertThat(denied.problem()).isEqualTo("denied");
        assertThat(denied.json().at("/violations/0/scope").stringValue()).isEqualTo("title");
    }

    @Test
    void a_policy_is_replaced_only_by_who_has_seen_it() {
        var path = "/v1/policies/studio/studio-" + Ids.next();
        var first = operator.put(path, limit(1));

        assertThat(operator.put(path, limit(2)).problem()).isEqualTo("precondition-required");
        var tag = first.header("ETag");
        assertThat(operator.with("If-Match", tag).put(path, limit(2)).status()).isEqualTo(200);
        var late = operator.with("If-Match", tag).put(path, limit(3));
        assertThat(late.status()).isEqualTo(412);
        assertThat(late.problem()).isEqualTo("precondition-failed");
        var now = server.as("reader").get(path).json();
        assertThat(now.at("/settings/maxDownloadsPerTitlePerYear").intValue()).isEqualTo(2);
    }

    @Test
    void a_retry_is_answered_with_the_policy_of_its_time() {
        var title = Customer.newTitle();
        var first = anna.acquire("key", title, "phone", "standard");
        operator.put("/v1/policies/title/" + title, limit(1));

        var retry = anna.acquire("key", title, "phone", "standard");

        assertThat(retry.json().get("quotas")).isEqualTo(first.json().get("quotas"));
    }

    @Test
    void the_shipped_policies_are_there() {
        var all = server.as("reader").get("/v1/policies").json().get("policies");
        var plans =
                all.valueStream()
                        .filter(p -> p.get("scope").stringValue().equals("plan"))
                        .map(p -> p.get("id").stringValue())
                        .toList();
        assertThat(plans).contains("basic", "premium", "standard");
    }

    @Test
    void the_global_policy_sets_nothing_and_the_defaults_are_shown_beside_it() {
        var global = server.as("reader").get("/v1/policies/global/default").json();
        assertThat(global.get("settings").isEmpty()).isTrue();

        var defaults = server.as("reader").get("/v1/policies").json().get("defaults");
        assertThat(defaults.size()).isEqualTo(20);
        assertThat(defaults.get("rentalDuration").stringValue()).isEqualTo("P30D");
    }

    @Test
    void a_policy_key_that_this_node_does_not_know_changes_no_decision() throws SQLException {
        var title = Customer.newTitle();
        NewerRelease.putsPolicy(
                "title",
                title,
                """
                {"maxDownloadsPerTitlePerYear": 1, "maxProfiles": {"kids": 2},
                 "yearWindow": "CALENDAR", "rentalDuration": "P1000Y"}
                """);
        readPoliciesAnew();

        var acquired = anna.acquire(title, "phone", "standard");

        assertThat(acquired.status()).isEqualTo(201);
        var issued = Instant.parse(acquired.json().get("issuedAt").stringValue());
        assertThat(Instant.parse(acquired.json().get("expiresAt").stringValue()))
                .isEqualTo(issued.plus(Duration.ofDays(30)));
        assertThat(anna.acquire(title, "tablet", "standard").problem()).isEqualTo("denied");
        assertThat(anna.acquire(Customer.newTitle(), "phone", "standard").status()).isEqualTo(201);
    }

    @Test
    void a_policy_with_an_unknown_key_is_not_replaced() throws SQLException {
        var title = Customer.newTitle();
        var path = "/v1/policies/title/" + title;
        NewerRelease.putsPolicy(
                "title", title, "{\"maxRenewals\": 1, \"maxProfiles\": 2, \"yearWindow\": 7}");
        readPoliciesAnew();

        var shown = server.as("reader").get(path);
        assertThat(shown.json().get("settings").toString()).isEqualTo("{\"maxRenewals\":1}");
        assertThat(shown.json().at("/unknownSettings/maxProfiles").intValue()).isEqualTo(2);
        assertThat(shown.json().at("/unknownSettings/yearWindow").intValue()).isEqualTo(7);
        var listed = server.as("reader").get("/v1/policies").json().get("policies");
        assertThat(listed.valueStream()).contains(shown.json());

        assertThat(operator.put(path, limit(2)).status()).isEqualTo(428);
        var seen = operator.with("If-Match", shown.header("ETag"));
        var refused = seen.put(path, limit(2));
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.problem()).isEqualTo("policy-of-newer-version");
        assertThat(refused.json().get("detail").stringValue())
                .contains("maxProfiles")
                .contains("yearWindow");
        readPoliciesAnew();
        assertThat(server.as("reader").get(path).json()).isEqualTo(shown.json());
    }

    @Test
    void a_limit_that_is_left_to_its_default_is_the_global_policys() {
        var acquired = anna.acquire(Customer.newTitle(), "phone", "standard");

        var quota =
                acquired.json()
                        .get("quotas")
                        .valueStream()
                        .filter(
                                q ->
                                        q.get("rule")
                                                .stringValue()
                                                .equals("maxDownloadsPerTitlePerYear"))
                        .findFirst()
                        .orElseThrow();
        assertThat(quota.get("limit").intValue()).isEqualTo(5);
        assertThat(quota.get("scope").stringValue()).isEqualTo("global");
    }

    @Test
    void the_global_policy_may_set_some_keys() {
        var path = "/v1/policies/global/default";
        var tag = server.as("reader").get(path).header("ETag");
        var same = "{\"settings\":{\"maxDownloadsPerTitlePerYear\":5}}";

        var put = operator.with("If-Match", tag).put(path, same);

        assertThat(put.status()).isEqualTo(200);
        assertThat(put.json().get("settings").size()).isEqualTo(1);
        var cleared = operator.with("If-Match", put.header("ETag")).put(path, "{\"settings\":{}}");
        assertThat(cleared.status()).isEqualTo(200);
    }

    /**
     * Makes the node read policies again at once by writing one. Otherwise it takes up to 10
     * seconds.
     */
    private void readPoliciesAnew() {
        assertThat(operator.put("/v1/policies/studio/studio-" + Ids.next(), limit(9)).status())
                .isEqualTo(200);
    }

    private static String limit(int downloads) {
        return "{\"settings\":{\"maxDownloadsPerTitlePerYear\":" + downloads + "}}";
    }

    private static String line(String title) {
        return "{\"titleId\":\"%s\",\"name\":\"A title\",\"studioId\":\"s\"}".formatted(title);
    }

    private static String cursor(String after) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(("1:" + after).getBytes(StandardCharsets.UTF_8));
    }
}
