package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jwt.SignedJWT;

import dev.tally.catalog.PolicyKey;
import dev.tally.local.Database;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
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

        assertThat(operator.put(path, title).status()).isEqualTo(201);

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
        assertThat(put.status()).isEqualTo(201);
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
        var path = "/v1/policies/plan/plan-" + Ids.next();
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
        assertThat(defaults.size()).isEqualTo(PolicyKey.values().length);
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

    @Test
    void licenses_end_with_a_title_that_ends_early() throws Exception {
        var title = Customer.newTitle();
        var license = anna.acquire(title, "phone", "standard").json();
        var id = license.get("licenseId").stringValue();
        var before = anna.get(id);
        var shown = Instant.parse(before.json().get("expiresAt").stringValue());
        var between = Instant.now();
        Thread.sleep(5);
        var end = Instant.now().plusSeconds(3).truncatedTo(ChronoUnit.MILLIS);

        putTitle(title, end);

        var after = anna.get(id);
        assertThat(Instant.parse(after.json().get("expiresAt").stringValue())).isEqualTo(end);
        assertThat(after.header("ETag")).isNotEqualTo(before.header("ETag"));
        var held = anna.reader().with("If-None-Match", after.header("ETag"));
        assertThat(held.get(anna.path("/licenses/" + id)).status()).isEqualTo(304);
        var again = anna.acquire(title, "phone", "standard");
        assertThat(again.status()).isEqualTo(200);
        assertThat(expiryOf(again)).isBeforeOrEqualTo(end);
        var renewed = anna.post(id, "/renewals");
        assertThat(renewed.json().get("cappedBy").stringValue()).isEqualTo("TITLE_AVAILABILITY");
        assertThat(expiryOf(renewed)).isBeforeOrEqualTo(end);
        assertThat(expiresAt(anna.reader().get(anna.path("/licenses/" + id + "?asOf=" + between))))
                .isEqualTo(shown);
        assertThat(inSql(id, "now()")).isEqualTo(end);
        assertThat(inSql(id, "timestamptz '" + between + "'")).isEqualTo(shown);

        await().atMost(Duration.ofSeconds(10)).until(() -> Instant.now().isAfter(end));
        assertThat(anna.get(id).json().get("state").stringValue()).isEqualTo("EXPIRED");
        assertThat(anna.reader().get(anna.path("/devices")).json().at("/devices/0/activeDownloads"))
                .hasToString("0");
        assertThat(start(id, "").problem()).isEqualTo("playback-denied");
        putTitle(title, null);
        assertThat(expiresAt(anna.get(id))).isEqualTo(shown);
    }

    @Test
    void a_reset_clock_evades_no_limit() {
        var title = Customer.newTitle();
        operator.put(
                "/v1/policies/title/" + title,
                "{\"settings\":{\"maxPlaybacksPerTitlePerYear\":2}}");
        var id = anna.acquire(title, "phone", "standard").json().get("licenseId").stringValue();

        for (int n = 1; n <= 2; n++) {
            var started = start(id, ",\"occurredAt\":\"2015-01-01T00:00:0%dZ\"".formatted(n));
            assertThat(started.status()).isEqualTo(201);
            assertThat(Instant.parse(started.json().get("startedAt").stringValue()))
                    .isAfter(Instant.now().minusSeconds(60));
        }
        var third = start(id, ",\"occurredAt\":\"2015-01-01T00:00:03Z\"");

        assertThat(third.problem()).isEqualTo("playback-denied");
        assertThat(third.json().at("/violations/0/rule").stringValue())
                .isEqualTo("maxPlaybacksPerTitlePerYear");
        var events = anna.reader().get(anna.path("/events?aggregateType=Session")).json();
        var payload = events.at("/events/0/payload");
        assertThat(payload.get("occurredAt").stringValue()).startsWith("2015-01-01T00:00:01");
        assertThat(payload.get("countedAt")).isEqualTo(payload.get("recordedAt"));
    }

    @Test
    void a_name_with_a_character_that_the_jdk_does_not_know_is_taken() {
        var title = Customer.newTitle();
        var request = Customer.request(title, "phone", "standard");
        for (var name : List.of("\uD83E\uDEEA", "\uD83D\uDC69\u200D\uD83D\uDC67", "\u200F\u05D0")) {
            var named = request.replace("Anna's phone", name);
            assertThat(anna.edge().post(anna.path("/licenses"), named).status()).isIn(200, 201);
        }
        assertThat(anna.reader().get(anna.path("/devices")).json().at("/devices/0/name"))
                .hasToString("\"\uD83E\uDEEA\"");
        for (var broken : List.of("\\ud83e", "\\udeea", "\\udeea\\ud83e", "a\\u0000")) {
            var named = request.replace("Anna's phone", broken);
            var refused = anna.edge().post(anna.path("/licenses"), named);
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.json().at("/errors/0/field").stringValue()).isEqualTo("deviceName");
        }
        var key = "{\"settings\":{\"\\ud83e\":1}}";
        assertThat(operator.put("/v1/policies/plan/basic", key).status()).isEqualTo(422);
    }

    @Test
    void a_title_is_created_and_replaced_under_conditions() {
        var path = "/v1/titles/title-" + Ids.next();
        var title = "{\"name\":\"%s\",\"studioId\":\"s\"}";
        assertThat(operator.with("If-Match", "*").put(path, title.formatted("A")).status())
                .isEqualTo(412);
        var created = operator.with("If-None-Match", "*").put(path, title.formatted("A"));
        assertThat(created.status()).isEqualTo(201);
        assertThat(operator.with("If-None-Match", "*").put(path, title.formatted("B")).status())
                .isEqualTo(412);
        var first = operator.with("If-Match", created.header("ETag"));
        var replaced = first.put(path, title.formatted("B"));
        assertThat(replaced.status()).isEqualTo(200);
        assertThat(replaced.header("ETag")).isNotEqualTo(created.header("ETag"));
        assertThat(first.put(path, title.formatted("C")).problem())
                .isEqualTo("precondition-failed");
        var same = operator.put(path, title.formatted("B"));
        assertThat(same.header("ETag")).isEqualTo(replaced.header("ETag"));
        assertThat(server.as("reader").get(path).json().get("name").stringValue()).isEqualTo("B");
    }

    @Test
    void a_policy_is_for_a_studio_that_owns_a_title() {
        var studio = "studio-" + Ids.next();
        var path = "/v1/policies/studio/" + studio;
        assertThat(operator.put(path, limit(1)).problem()).isEqualTo("unknown-studio");

        Customer.newTitle(studio);

        assertThat(operator.put(path, limit(1)).status()).isEqualTo(201);
    }

    @Test
    void a_policy_that_is_removed_applies_no_more_and_can_still_be_read() {
        var title = Customer.newTitle();
        var path = "/v1/policies/title/" + title;
        var put = operator.put(path, limit(0));
        var version = put.json().get("version").intValue();
        assertThat(anna.acquire(title, "phone", "standard").problem()).isEqualTo("denied");

        assertThat(operator.delete(path).status()).isEqualTo(428);
        var removed = operator.with("If-Match", put.header("ETag")).delete(path);

        assertThat(removed.status()).isEqualTo(200);
        assertThat(removed.json().get("state").stringValue()).isEqualTo("REMOVED");
        var acquired = anna.acquire(title, "phone", "standard");
        assertThat(acquired.status()).isEqualTo(201);
        assertThat(acquired.json().get("policyVersion")).isEqualTo(removed.json().get("version"));
        var reader = server.as("reader");
        assertThat(reader.get(path).status()).isEqualTo(404);
        var then = reader.get(path + "?version=" + version).json();
        assertThat(then.at("/settings/maxDownloadsPerTitlePerYear").intValue()).isZero();
        var since = reader.get(path + "?version=" + removed.json().get("version").intValue());
        assertThat(since.json().get("state").stringValue()).isEqualTo("REMOVED");
        assertThat(ids(reader.get("/v1/policies?version=" + version).json())).contains(title);
        assertThat(ids(reader.get("/v1/policies").json())).doesNotContain(title);
        assertThat(operator.with("If-Match", "\"1\"").delete(path).status()).isEqualTo(404);
        assertThat(operator.put(path, limit(3)).status()).isEqualTo(201);
    }

    @Test
    void licenses_outlive_the_plan_that_they_were_issued_under() {
        var plan = "plan-" + Ids.next();
        var path = "/v1/policies/plan/" + plan;
        var put = operator.put(path, "{\"settings\":{\"rentalDuration\":\"P1D\"}}");
        var title = Customer.newTitle();
        var id = anna.acquire(title, "phone", plan).json().get("licenseId").stringValue();

        operator.with("If-Match", put.header("ETag")).delete(path);

        assertThat(anna.acquire(Customer.newTitle(), "phone", plan).problem())
                .isEqualTo("unknown-plan");
        assertThat(anna.post(id, "/renewals").status()).isEqualTo(200);
        assertThat(start(id, "").status()).isEqualTo(201);
        assertThat(anna.reader().get(anna.path("/quotas")).status()).isEqualTo(200);
        assertThat(anna.post(id, "/release").status()).isEqualTo(200);
        assertThat(anna.edge().delete(anna.path("/devices/phone")).status()).isEqualTo(200);
    }

    @Test
    void a_policy_begins_when_it_says() {
        var title = Customer.newTitle();
        var path = "/v1/policies/title/" + title;
        var now = operator.put(path, limit(5));
        var begins = Instant.now().plusSeconds(3).truncatedTo(ChronoUnit.MILLIS);
        var later = limit(0).replace("}}", "},\"validFrom\":\"" + begins + "\"}");
        var toCome = operator.with("If-Match", now.header("ETag")).put(path, later);

        assertThat(toCome.status()).isEqualTo(200);
        assertThat(toCome.json().get("state").stringValue()).isEqualTo("TO_COME");
        var shown = server.as("reader").get(path);
        assertThat(shown.json().get("version")).isEqualTo(now.json().get("version"));
        assertThat(shown.json().at("/next")).isEqualTo(toCome.json());
        assertThat(shown.header("ETag")).isEqualTo(toCome.header("ETag"));
        var license = anna.acquire(title, "phone", "standard").json();
        assertThat(license.get("policyVersion")).isEqualTo(now.json().get("version"));

        await().atMost(Duration.ofSeconds(10)).until(() -> Instant.now().isAfter(begins));
        assertThat(anna.acquire(title, "tablet", "standard").problem()).isEqualTo("denied");
        var begun = server.as("reader").get(path);
        assertThat(begun.json().get("state").stringValue()).isEqualTo("IN_FORCE");
        assertThat(begun.header("ETag")).isNotEqualTo(shown.header("ETag"));
        // The version is the same, so the tag from before it began still names it.
        var seen = operator.with("If-Match", shown.header("ETag"));
        assertThat(seen.put(path, limit(9)).status()).isEqualTo(200);
    }

    @Test
    void a_policy_begins_neither_in_the_past_nor_in_years() {
        var path = "/v1/policies/plan/plan-" + Ids.next();
        var from = "{\"settings\":{},\"validFrom\":\"%s\"}";
        for (var time :
                List.of(Instant.now().minusSeconds(60), Instant.now().plus(Duration.ofDays(367)))) {
            var refused = operator.put(path, from.formatted(time));
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.json().at("/errors/0/field").stringValue()).isEqualTo("validFrom");
        }
        var inAYear = Instant.now().plus(Duration.ofDays(365));
        assertThat(operator.put(path, from.formatted(inAYear)).status()).isEqualTo(201);
    }

    @Test
    void a_policy_may_begin_now_by_the_clock_of_its_author() {
        var path = "/v1/policies/plan/plan-" + Ids.next();
        var sentAt = Instant.now();
        var policy = "{\"settings\":{},\"validFrom\":\"%s\"}".formatted(sentAt.minusSeconds(5));
        var put = operator.put(path, policy);
        assertThat(put.status()).isEqualTo(201);
        assertThat(put.json().get("state").stringValue()).isEqualTo("IN_FORCE");
        assertThat(Instant.parse(put.json().get("validFrom").stringValue()))
                .isAfterOrEqualTo(sentAt.truncatedTo(ChronoUnit.MILLIS));
    }

    private Client.Answer start(String license, String more) {
        return anna.edge()
                .post(anna.path("/sessions"), "{\"licenseId\":\"%s\"%s}".formatted(license, more));
    }

    private void putTitle(String id, Instant end) {
        var json =
                "{\"name\":\"%s\",\"studioId\":\"s\",\"availabilityEnd\":%s}"
                        .formatted(id, end == null ? "null" : "\"" + end + "\"");
        assertThat(operator.put("/v1/titles/" + id, json).status()).isEqualTo(200);
    }

    private Instant inSql(String license, String time) throws SQLException {
        try (var connection = server.database().connect(Database.Role.TALLY_READER);
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                "select expires_at from licenses_at(%s) where customer_id = '%s' and license_id = '%s'"
                                        .formatted(time, anna.id, license))) {
            rows.next();
            return rows.getObject(1, OffsetDateTime.class).toInstant();
        }
    }

    private static Instant expiresAt(Client.Answer license) {
        return Instant.parse(license.json().get("expiresAt").stringValue());
    }

    /** The expiry that the answer's token tells. */
    private static Instant expiryOf(Client.Answer answer) throws ParseException {
        var token = SignedJWT.parse(answer.json().get("token").stringValue());
        return token.getJWTClaimsSet().getExpirationTime().toInstant();
    }

    private static List<String> ids(JsonNode list) {
        return list.get("policies").valueStream().map(p -> p.get("id").stringValue()).toList();
    }

    /**
     * Makes the node read policies again at once by writing one. Otherwise it takes up to 10
     * seconds.
     */
    private void readPoliciesAnew() {
        assertThat(operator.put("/v1/policies/plan/plan-" + Ids.next(), limit(9)).status())
                .isEqualTo(201);
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
