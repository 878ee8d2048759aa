package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.List;

/** What a customer is denied is kept, with the numbers of the answer. */
class DenialsIT {

    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();

    private JsonNode page(String query) {
        var answer = anna.reader().get(anna.path("/denials" + query));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    /** All denials, newest first, once there are as many rows as there should be. */
    private JsonNode denials(int rows) {
        await().untilAsserted(() -> assertThat(page("").get("denials").size()).isEqualTo(rows));
        return page("").get("denials");
    }

    private static JsonNode violation(Client.Answer denied) {
        assertThat(denied.status()).as(denied.body()).isEqualTo(409);
        return denied.json().get("violations").get(0);
    }

    private static void assertSame(JsonNode kept, JsonNode answered) {
        for (var field :
                List.of("rule", "scope", "limit", "current", "nextAllowedAt", "remedies")) {
            assertThat(kept.get(field)).as(field).isEqualTo(answered.get(field));
        }
        assertThat(kept.get("ending")).isEqualTo(answered.get("ending"));
    }

    private String license(Client.Answer acquired) {
        assertThat(acquired.status()).as(acquired.body()).isEqualTo(201);
        return acquired.json().get("licenseId").stringValue();
    }

    private static int count(JsonNode denials) {
        int count = 0;
        for (var denial : denials) count += denial.get("count").intValue();
        return count;
    }

    @Test
    void a_denied_acquire_and_a_denied_renewal_appear_with_their_numbers() {
        var license = license(anna.acquire(title, "phone", "basic"));
        var acquire = violation(anna.acquire(title, "tablet", "basic"));
        anna.post(license, "/release");
        var renewal = violation(anna.post(license, "/renewals"));

        var denials = denials(2);

        var renewed = denials.get(0);
        assertThat(renewed.get("kind").stringValue()).isEqualTo("RENEW");
        assertThat(renewed.get("deviceId").stringValue()).isEqualTo("phone");
        assertSame(renewed.get("rules").get(0), renewal);
        assertThat(renewed.at("/rules/0/ending/state").stringValue()).isEqualTo("RELEASED");
        var acquired = denials.get(1);
        assertThat(acquired.get("kind").stringValue()).isEqualTo("ACQUIRE");
        assertThat(acquired.get("deviceId").stringValue()).isEqualTo("tablet");
        assertThat(acquired.get("titleId").stringValue()).isEqualTo(title);
        assertThat(acquired.get("plan").stringValue()).isEqualTo("basic");
        assertThat(acquired.get("policyVersion").intValue()).isPositive();
        assertThat(acquired.get("studioId").stringValue()).startsWith("studio-");
        assertSame(acquired.get("rules").get(0), acquire);
        assertThat(Instant.parse(acquired.get("firstAt").stringValue()))
                .isBetween(Instant.now().minusSeconds(600), Instant.now().plusSeconds(1));
    }

    @Test
    void what_is_denied_again_counts_two_and_a_dry_run_nothing() {
        anna.acquire(title, "phone", "basic");
        var request = Customer.request(title, "tablet", "basic");
        anna.reader().post(anna.path("/decisions"), request);
        violation(anna.acquire("key", title, "tablet", "basic"));
        violation(anna.acquire("key", title, "tablet", "basic"));

        // An hour may have begun between the two: then there are two rows.
        await().untilAsserted(() -> assertThat(count(page("").get("denials"))).isEqualTo(2));
        var last = page("").get("denials").get(0);
        assertThat(last.get("firstAt").stringValue())
                .isLessThanOrEqualTo(last.get("lastAt").stringValue());
        assertThat(anna.events()).hasSize(3);
    }

    @Test
    void denied_starts_count_one_by_one_as_a_list_and_in_bulk() {
        var license = license(anna.acquire(title, "phone", "basic"));
        anna.post(license, "/release");
        violation(
                anna.edge()
                        .post(
                                anna.path("/sessions"),
                                "{\"licenseId\":\"%s\",\"sessionId\":\"one\"}".formatted(license)));
        var event = "{\"type\":\"START\",\"licenseId\":\"%s\"}".formatted(license);
        assertThat(anna.edge().post(anna.path("/sessions/two/events"), "[" + event + "]").body())
                .contains("playback-denied");
        violation(anna.edge().post(anna.path("/sessions/three/events"), event));
        var line =
                "{\"customerId\":\"%s\",\"sessionId\":\"four\",\"type\":\"START\",\"licenseId\":\"%s\"}\n"
                        .formatted(anna.id, license);
        var bulk =
                anna.edge()
                        .with("Content-Type", "application/x-ndjson")
                        .post("/v1/sessions/events", line);
        assertThat(bulk.body()).contains("playback-denied");

        await().untilAsserted(() -> assertThat(count(page("").get("denials"))).isEqualTo(4));
        for (var denial : page("").get("denials")) {
            assertThat(denial.get("kind").stringValue()).isEqualTo("START");
            assertThat(denial.at("/rules/0/rule").stringValue()).isEqualTo("licenseActive");
        }
    }

    @Test
    void a_denied_confirmation_and_a_denied_deactivation_are_kept() {
        for (int i = 0; i < 5; i++) {
            var license = license(anna.acquire(title, "device-" + i, "premium"));
            var gone = anna.edge().delete(anna.path("/devices/device-" + i));
            assertThat(gone.status()).isEqualTo(i < 4 ? 200 : 409);
            if (i == 0) violation(anna.post(license, "/confirmation"));
        }

        var denials = denials(2);

        assertThat(denials.get(0).get("kind").stringValue()).isEqualTo("DEACTIVATE");
        assertThat(denials.get(0).get("titleId").isNull()).isTrue();
        assertThat(denials.get(0).at("/rules/0/rule").stringValue())
                .isEqualTo("maxDeactivationsPerYear");
        assertThat(denials.get(1).get("kind").stringValue()).isEqualTo("CONFIRM");
        assertThat(denials.get(1).get("policyVersion").isNull()).isTrue();
    }

    @Test
    void pages_lead_there_and_back_and_filters_choose() {
        anna.acquire(title, "phone", "basic");
        for (var device : List.of("a", "b", "c")) anna.acquire(title, device, "basic");
        var all = denials(3).findValues("deviceId");

        var first = page("?limit=2");
        var second = page("?limit=2&cursor=" + first.get("next").stringValue());
        var back = page("?limit=2&cursor=" + second.get("previous").stringValue());

        assertThat(first.get("previous").isNull()).isTrue();
        assertThat(first.get("denials").findValues("deviceId")).isEqualTo(all.subList(0, 2));
        assertThat(second.get("denials").findValues("deviceId")).isEqualTo(all.subList(2, 3));
        assertThat(second.get("next").isNull()).isTrue();
        assertThat(back.get("denials")).isEqualTo(first.get("denials"));
        assertThat(back.get("previous").isNull()).isTrue();
        assertThat(page("?deviceId=b").get("denials").size()).isEqualTo(1);
        assertThat(page("?titleId=another").get("denials").size()).isZero();
        assertThat(page("?rule=maxDownloadDevices").get("denials").size()).isEqualTo(3);
        assertThat(page("?rule=renewAfter").get("denials").size()).isZero();
        assertThat(page("?to=2020-01-01T00:00:00Z").get("denials").size()).isZero();
        assertThat(page("?from=2020-01-01T00:00:00Z").get("denials").size()).isEqualTo(3);
    }

    @Test
    void an_erased_customer_has_no_denials_at_once() {
        anna.acquire(title, "phone", "basic");
        anna.acquire(title, "tablet", "basic");
        denials(1);
        violation(anna.acquire(title, "laptop", "basic"));

        assertThat(anna.operator().delete(anna.path("")).status()).isEqualTo(202);

        assertThat(page("").get("denials").size()).isZero();
        // What waited in the node would be stored within a second, before what is denied to others.
        var other = new Customer();
        other.acquire(title, "phone", "basic");
        other.acquire(title, "tablet", "basic");
        await().untilAsserted(
                        () ->
                                assertThat(
                                                other.reader()
                                                        .get(other.path("/denials"))
                                                        .json()
                                                        .get("denials")
                                                        .size())
                                        .isEqualTo(1));
        assertThat(page("").get("denials").size()).isZero();
    }

    @Test
    void nobody_else_may_look_and_what_is_asked_wrongly_is_refused() {
        assertThat(anna.edge().get(anna.path("/denials")).status()).isEqualTo(403);
        for (var wrong :
                List.of(
                        "?cursor=eA",
                        "?cursor=MTp4MQ",
                        "?cursor=MTphYg",
                        "?limit=0",
                        "?from=yesterday",
                        "?newest=true",
                        "?asOf=2026-01-01T00:00:00Z")) {
            var refused = anna.reader().get(anna.path("/denials" + wrong));
            assertThat(refused.problem()).as(wrong).isEqualTo("invalid-request");
        }
        assertThat(page("").get("denials").size()).isZero();
        assertThat(page("").get("next").isNull()).isTrue();
        assertThat(page("").get("previous").isNull()).isTrue();
    }

    /** Otherwise the container would let the node store no more of them. */
    @Test
    void denials_are_kept_after_a_connection_broke_while_some_were_stored() {
        var server = TallyServer.get();
        license(anna.acquire(title, "phone", "basic"));
        // These are stored within a second; the store is away only some time later.
        violation(anna.acquire(title, "tablet", "basic"));
        server.relay().silence();
        try {
            await().until(() -> server.health("store").get("state").stringValue().equals("AWAY"));
        } finally {
            server.restoreDatabase();
        }

        var bert = new Customer();
        license(bert.acquire(title, "phone", "basic"));
        violation(bert.acquire(title, "tablet", "basic"));
        await().untilAsserted(
                        () ->
                                assertThat(
                                                bert.reader()
                                                        .get(bert.path("/denials"))
                                                        .json()
                                                        .get("denials")
                                                        .size())
                                        .isEqualTo(1));
    }
}
