package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.system.Client.Answer;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/** What was decided in the past is explained by the events and policies of then. */
class PastDecisionsIT {

    private static final String POLICY = "{\"settings\":{\"maxDownloadsPerTitlePerYear\":%d}}";
    private static final String LIMIT = "maxDownloadsPerTitlePerYear";

    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();
    private final String policy = "/v1/policies/title/" + title;

    @Test
    void a_denial_is_explained_after_the_policy_that_denied_it_was_replaced() {
        var tag = anna.operator().put(policy, POLICY.formatted(1)).header("ETag");
        var beforeAll = Instant.now();
        var first = anna.acquire(title, "phone", "premium");
        anna.post(first.json().get("licenseId").asString(), "/release");
        assertThat(anna.acquire(title, "phone", "premium").problem()).isEqualTo("denied");
        var denied = Instant.now();
        anna.operator().with("If-Match", tag).put(policy, POLICY.formatted(5));

        var then = decide("?asOf=" + denied);
        assertThat(then.get("result").asString()).isEqualTo("DENIED");
        assertThat(Instant.parse(then.get("at").asString())).isEqualTo(milliseconds(denied));
        assertThat(then.get("policyVersion").asString()).isEqualTo(tag.replace("\"", ""));
        assertThat(rule(then).get("limit").asInt()).isEqualTo(1);
        assertThat(rule(then).get("current").asInt()).isEqualTo(1);
        assertThat(decide("").get("result").asString()).isEqualTo("ALLOWED");
        assertThat(rule(decide("")).get("limit").asInt()).isEqualTo(5);
        assertThat(decide("?asOf=" + beforeAll).get("result").asString()).isEqualTo("ALLOWED");

        var quota = quota("&asOf=" + denied);
        assertThat(quota.get("limit").asInt()).isEqualTo(1);
        assertThat(quota.get("used").asInt()).isEqualTo(1);
        assertThat(quota("&asOf=" + beforeAll).get("used").asInt()).isZero();
        assertThat(quota("").get("limit").asInt()).isEqualTo(5);
    }

    @Test
    void a_plan_that_was_written_later_is_unknown_then() {
        var before = Instant.now();
        var plan = "past-" + UUID.randomUUID();
        anna.operator().put("/v1/policies/plan/" + plan, "{\"settings\":{}}");

        assertThat(decision("", plan).status()).isEqualTo(200);
        assertThat(decision("?asOf=" + before, plan).problem()).isEqualTo("unknown-plan");
    }

    @Test
    void the_tag_of_quotas_changes_with_the_policy() {
        var path = anna.path("/quotas?titleId=" + title);
        var tag = anna.reader().get(path).header("ETag");
        assertThat(anna.reader().with("If-None-Match", tag).get(path).status()).isEqualTo(304);

        anna.operator().put(policy, POLICY.formatted(1));

        var after = anna.reader().with("If-None-Match", tag).get(path);
        assertThat(after.status()).isEqualTo(200);
        assertThat(after.header("ETag")).isNotEqualTo(tag);
    }

    private JsonNode decide(String query) {
        return decision(query, "premium").json();
    }

    private Answer decision(String query, String plan) {
        return anna.reader()
                .post(anna.path("/decisions" + query), Customer.request(title, "phone", plan));
    }

    private static JsonNode rule(JsonNode decision) {
        return decision.get("rules")
                .valueStream()
                .filter(rule -> rule.get("rule").asString().equals(LIMIT))
                .findFirst()
                .orElseThrow();
    }

    private JsonNode quota(String query) {
        var path = anna.path("/quotas?plan=premium&titleId=" + title + query);
        return anna.reader()
                .get(path)
                .json()
                .get("quotas")
                .valueStream()
                .filter(quota -> quota.get("rule").asString().equals(LIMIT))
                .findFirst()
                .orElseThrow();
    }

    /** Decisions are made for whole milliseconds, rounded up, those of the past too. */
    private static Instant milliseconds(Instant time) {
        var whole = time.truncatedTo(ChronoUnit.MILLIS);
        return whole.equals(time) ? whole : whole.plusMillis(1);
    }
}
