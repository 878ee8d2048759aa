package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;

/** An operator cures a denial: waives a counted download, or sets a policy of the customer's. */
class CureIT {

    private static final String PLAN = "premium";
    private static final String POLICY = "{\"settings\":{\"maxDownloadsPerTitlePerYear\":6}}";
    private static final String REASON = "{\"reason\":\"The download broke off\"}";

    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();

    @Test
    void a_waiver_of_a_counted_event_lets_a_denied_member_download() {
        var counted = countedEventsOfADenial();

        var waived = waive(counted.getFirst());

        assertThat(waived.status()).as(waived.body()).isEqualTo(200);
        assertThat(waived.header("ETag")).isNotNull();
        var download = waived.json();
        assertThat(download.get("eventId").asString()).isEqualTo(counted.getFirst());
        assertThat(download.get("counts").asBoolean()).isFalse();
        assertThat(download.at("/waiver/reason").asString()).isEqualTo("The download broke off");
        var told = anna.reader().get(anna.path("/downloads")).json().get("downloads");
        assertThat(told.valueStream().filter(d -> d.get("counts").asBoolean())).hasSize(4);
        assertThat(told.get(4)).isEqualTo(download);
        assertThat(anna.acquire(title, "phone", PLAN).status()).isEqualTo(201);
    }

    @Test
    void a_waiver_shows_in_the_timeline_with_the_budget_that_it_gives_back() {
        waive(countedEventsOfADenial().getFirst());

        var command = lastCommand();

        assertThat(command.get("caller").asString()).startsWith("operator");
        var event = command.get("events").get(0);
        assertThat(event.get("event").asString()).isEqualTo("DownloadWaived");
        assertThat(event.at("/changes/0/field").asString()).isEqualTo("waivedAt");
        var budget = command.get("budgets").get(0);
        assertThat(budget.get("rule").asString()).isEqualTo("maxDownloadsPerTitlePerYear");
        assertThat(budget.get("usedBefore").asInt()).isEqualTo(5);
        assertThat(budget.get("usedAfter").asInt()).isEqualTo(4);
    }

    @Test
    void a_waiver_that_is_sent_again_writes_nothing() {
        var event = countedEventsOfADenial().getFirst();
        var operator = anna.operator().with("Idempotency-Key", "cure");
        var first = operator.post(waiver(event), REASON);
        var events = anna.events();

        assertThat(operator.post(waiver(event), REASON).json()).isEqualTo(first.json());
        assertThat(anna.operator().post(waiver(event), "{\"reason\":\"x\"}").json())
                .isEqualTo(first.json());
        assertThat(anna.events()).isEqualTo(events);
        assertThat(operator.post(waiver(event), "{\"reason\":\"x\"}").problem())
                .isEqualTo("idempotency-key-reused");
    }

    @Test
    void a_waiver_needs_an_operator_a_reason_and_an_event_that_counted() {
        var event = countedEventsOfADenial().getFirst();

        assertThat(anna.edge().post(waiver(event), REASON).status()).isEqualTo(403);
        assertThat(anna.operator().post(waiver(event), "{}").problem())
                .isEqualTo("invalid-request");
        var tooLong = "{\"reason\":\"%s\"}".formatted("x".repeat(201));
        assertThat(anna.operator().post(waiver(event), tooLong).status()).isEqualTo(400);
        for (var other : List.of("1", "999999", "none", "0")) {
            assertThat(anna.operator().post(waiver(other), REASON).problem())
                    .isEqualTo("unknown-download");
        }
    }

    @Test
    void a_policy_of_the_customer_wins_and_shows_in_quotas_and_timeline() {
        countedEventsOfADenial();

        var put = anna.operator().put(policy(), POLICY);

        assertThat(put.status()).as(put.body()).isEqualTo(201);
        assertThat(anna.reader().get(policy()).json()).isEqualTo(put.json());
        assertThat(anna.acquire(title, "phone", PLAN).status()).isEqualTo(201);
        var quota = quota("");
        assertThat(quota.get("scope").asString()).isEqualTo("customer");
        assertThat(quota.get("limit").asInt()).isEqualTo(6);
        var events = anna.events();
        assertThat(events).anyMatch(event -> event.endsWith("CustomerPolicySet"));
    }

    @Test
    void versions_of_a_customers_policy_follow_each_other_and_are_removed() {
        var first = anna.operator().put(policy(), POLICY);
        var tag = first.header("ETag");

        assertThat(anna.operator().put(policy(), POLICY).problem())
                .isEqualTo("precondition-required");
        var second = anna.operator().with("If-Match", tag).put(policy(), "{\"settings\":{}}");
        assertThat(second.status()).isEqualTo(200);
        assertThat(anna.operator().with("If-Match", tag).put(policy(), POLICY).problem())
                .isEqualTo("precondition-failed");
        var version = first.json().get("version").asInt();
        assertThat(anna.reader().get(policy() + "?version=" + version).json().get("settings"))
                .isEqualTo(first.json().get("settings"));
        var removed = anna.operator().with("If-Match", second.header("ETag")).delete(policy());
        assertThat(removed.json().get("state").asString()).isEqualTo("REMOVED");
        assertThat(anna.reader().get(policy()).problem()).isEqualTo("not-found");
        assertThat(lastCommand().at("/events/0/event").asString())
                .isEqualTo("CustomerPolicyRemoved");
    }

    @Test
    void a_time_before_a_policy_is_answered_without_it() {
        countedEventsOfADenial();
        var before = lastCommand().get("at").asString();
        anna.operator().put(policy(), POLICY);

        assertThat(quota("&asOf=" + before).get("limit").asInt()).isEqualTo(5);
        assertThat(quota("").get("limit").asInt()).isEqualTo(6);
    }

    private JsonNode quota(String rest) {
        return anna.reader()
                .get(anna.path("/quotas?titleId=" + title + rest))
                .json()
                .get("quotas")
                .valueStream()
                .filter(q -> q.get("rule").asString().equals("maxDownloadsPerTitlePerYear"))
                .findFirst()
                .orElseThrow();
    }

    /** Downloads the title as often as it may be in a year, and once more in vain. */
    private List<String> countedEventsOfADenial() {
        for (int i = 0; i < 5; i++) {
            var license = anna.acquire(title, "phone", PLAN).json().get("licenseId").asString();
            assertThat(anna.post(license, "/release").status()).isEqualTo(200);
        }
        var denied = anna.acquire(title, "phone", PLAN);
        assertThat(denied.status()).isEqualTo(409);
        var counted = new ArrayList<String>();
        denied.json().at("/violations/0/countedEvents").forEach(id -> counted.add(id.asString()));
        assertThat(counted).hasSize(5);
        return counted;
    }

    private Client.Answer waive(String event) {
        return anna.operator().post(waiver(event), REASON);
    }

    private String waiver(String event) {
        return anna.path("/downloads/" + event + "/waiver");
    }

    private String policy() {
        return "/v1/policies/customer/" + anna.id;
    }

    private JsonNode lastCommand() {
        var commands = anna.reader().get(anna.path("/timeline?limit=100")).json().get("commands");
        return commands.get(commands.size() - 1);
    }
}
