package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.http.Lines;
import dev.tally.system.Client.Answer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest.BodyPublishers;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Members play on while the store does not answer, and the store learns of it afterwards, once. One
 * of two nodes is cut off from the database; the other, of a later version, goes on.
 */
class FallbackIT {

    private static final String PREMIUM = "premium";

    private static String title;

    private final TallyServer server = TallyServer.get();
    private final Customer anna = new Customer();

    @BeforeAll
    static void theNodeKnowsATitle() {
        title = Customer.newTitle();
        TallyServer.get().awaitCatalogueCopy();
    }

    @AfterEach
    void restore() {
        server.restoreDatabase();
    }

    private void cutOff() {
        server.relay().cut();
        // Members of other tests notice it, too.
        while (!server.health("store").get("state").stringValue().equals("AWAY")) {
            anna.reader().get(anna.path("/licenses"));
        }
    }

    private void reconcile() {
        server.restoreDatabase();
        await().until(() -> server.health("answers").get("waitingPromises").intValue() == 0);
    }

    private static String id(Answer answer) {
        return answer.json().get("licenseId").stringValue();
    }

    private static boolean isProvisional(Answer answer) {
        return answer.json().get("provisional").booleanValue();
    }

    private Answer post(String rest, String entitlement, String body) {
        return anna.edge().with("Tally-Entitlement", entitlement).post(anna.path(rest), body);
    }

    private Client other() throws Exception {
        return server.newerClient().as("edge");
    }

    private List<String> events() {
        return anna.events().stream().map(event -> event.replaceFirst(".* ", "")).toList();
    }

    @Test
    void a_promise_becomes_the_license_that_it_would_have_been() {
        cutOff();

        var promised = anna.acquire(title, "phone", PREMIUM);
        assertThat(promised.status()).isEqualTo(201);
        assertThat(isProvisional(promised)).isTrue();
        assertThat(promised.json().get("provisionalDuration").stringValue()).isEqualTo("PT24H");
        assertThat(promised.json().has("quotas")).isFalse();
        assertThat(promised.header("ETag")).isNull();
        var issuedAt = Instant.parse(promised.json().get("issuedAt").stringValue());
        var promisedUntil = Instant.parse(promised.json().get("expiresAt").stringValue());
        assertThat(Duration.between(issuedAt, promisedUntil)).isEqualTo(Duration.ofHours(24));
        assertThat(waiting()).contains(id(promised));

        reconcile();
        var license = anna.get(id(promised)).json();
        assertThat(license.get("provisional").booleanValue()).isFalse();
        assertThat(license.get("state").stringValue()).isEqualTo("ISSUED");
        assertThat(license.get("issuedAt").stringValue()).isEqualTo(issuedAt(promised));
        assertThat(Instant.parse(license.get("expiresAt").stringValue()))
                .isEqualTo(issuedAt.plus(Duration.ofDays(30)));
        assertThat(events())
                .containsExactly(
                        "LicenseIssued",
                        "DownloadCounted",
                        "DeviceActivated",
                        "ProvisionalLicenseReconciled");
        assertThat(waiting()).doesNotContain(id(promised));
    }

    private static String issuedAt(Answer answer) {
        return answer.json().get("issuedAt").stringValue();
    }

    private String waiting() {
        return anna.operator().get("/v1/provisional-licenses?limit=200").body();
    }

    @Test
    void the_same_key_gets_one_license_before_during_and_after_and_on_another_node()
            throws Exception {
        cutOff();
        var first = anna.acquire("key", title, "phone", PREMIUM);
        var again = anna.acquire("key", title, "phone", PREMIUM);
        assertThat(again.status()).isEqualTo(201);
        assertThat(again.json().get("expiresAt")).isEqualTo(first.json().get("expiresAt"));
        assertThat(anna.acquire("key", title, "tablet", PREMIUM).problem())
                .isEqualTo("idempotency-key-reused");

        // The device does not wait: it asks a node that reaches the store.
        var elsewhere =
                other().with("Idempotency-Key", "key")
                        .post(anna.path("/licenses"), Customer.request(title, "phone", PREMIUM));
        assertThat(elsewhere.status()).isEqualTo(201);
        assertThat(List.of(id(again), id(elsewhere))).containsOnly(id(first));

        reconcile();
        assertThat(id(anna.acquire("key", title, "phone", PREMIUM))).isEqualTo(id(first));
        assertThat(events().stream().filter("LicenseIssued"::equals)).hasSize(1);
        assertThat(events().stream().filter("DownloadCounted"::equals)).hasSize(1);
    }

    @Test
    void without_a_key_the_same_wish_gets_the_same_promise() {
        cutOff();
        var first = anna.acquire(title, "phone", PREMIUM);
        var again = anna.acquire(title, "phone", PREMIUM);
        assertThat(again.status()).isEqualTo(200);
        assertThat(id(again)).isEqualTo(id(first));
        reconcile();
        assertThat(events().stream().filter("LicenseIssued"::equals)).hasSize(1);
    }

    @Test
    void a_command_that_the_node_has_stored_is_not_decided_again() {
        var first = anna.acquire("key", title, "phone", "basic");
        var renewals = "/licenses/" + id(first) + "/renewals";
        var once = anna.edge().with("Idempotency-Key", "renewal").post(anna.path(renewals));
        assertThat(List.of(first.status(), once.status())).containsExactly(201, 200);
        cutOff();

        var again = anna.acquire("key", title, "phone", "basic");
        assertThat(again.status()).isEqualTo(201);
        assertThat(id(again)).isEqualTo(id(first));
        var renewed = anna.edge().with("Idempotency-Key", "renewal").post(anna.path(renewals));
        assertThat(renewed.status()).isEqualTo(200);
        assertThat(waiting()).doesNotContain(id(first));
        assertThat(anna.acquire("renewal", title, "phone", "basic").problem())
                .isEqualTo("idempotency-key-reused");
    }

    @Test
    void what_the_node_still_knows_decides() {
        assertThat(anna.acquire(title, "phone", "basic").status()).isEqualTo(201);
        cutOff();
        var denied = anna.acquire(title, "tablet", "basic");
        assertThat(denied.status()).isEqualTo(409);
        assertThat(denied.json().get("violations").get(0).get("rule").stringValue())
                .isEqualTo("maxDownloadDevices");
        assertThat(anna.acquire("no-such-title", "phone", "basic").problem())
                .isEqualTo("unknown-title");
        assertThat(anna.acquire(title, "phone", "no-such-plan").problem())
                .isEqualTo("unknown-plan");
        assertThat(isProvisional(anna.acquire(title, "phone", "basic"))).isTrue();
    }

    @Test
    void who_takes_an_outdated_answer_gets_what_the_node_remembers() {
        var license = id(anna.acquire(title, "phone", "basic"));
        var path = anna.path("/licenses/" + license);
        assertThat(stale("max-stale").get(path).json().has("stale")).isFalse();
        cutOff();

        var old = stale("max-stale=600").get(path);
        assertThat(old.json().get("stale").booleanValue()).isTrue();
        assertThat(old.json().get("state").stringValue()).isEqualTo("ISSUED");
        assertThat(Integer.parseInt(old.header("Age"))).isBetween(0, 600);
        assertThat(old.header("ETag")).isNull();
        for (var rest :
                List.of(
                        "/licenses",
                        "/devices",
                        "/sessions",
                        "/quotas",
                        "/devices/phone/downloads",
                        "/quotas?titleId=" + title)) {
            var answer = stale("max-stale").get(anna.path(rest));
            assertThat(answer.json().path("stale").asBoolean()).as(answer.body()).isTrue();
            assertThat(answer.header("Age")).isNotNull();
        }
        var page = stale("max-stale").get(anna.path("/licenses?limit=1"));
        assertThat(page.json().get("licenses").size()).isEqualTo(1);
        var decided =
                stale("max-stale")
                        .post(anna.path("/decisions"), Customer.request(title, "tablet", "basic"));
        assertThat(decided.json().get("stale").booleanValue()).isTrue();
        assertThat(decided.json().get("result").stringValue()).isEqualTo("DENIED");
        var line =
                "{\"titleId\":\"%s\",\"deviceId\":\"tablet\",\"plan\":\"basic\"}".formatted(title);
        var lines =
                stale("max-stale")
                        .send(
                                "POST",
                                anna.path("/decisions"),
                                Lines.NDJSON,
                                BodyPublishers.ofString(line));
        assertThat(lines.header("Age")).isNotNull();
        assertThat(lines.json().at("/download/remedy/0/licenseId").asString()).isEqualTo(license);
        var titles =
                "{\"titles\":[\"%s\"],\"deviceId\":\"tablet\",\"plan\":\"basic\"}".formatted(title);
        var offered = stale("max-stale").post(anna.path("/decisions"), titles).json();
        assertThat(offered.get("stale").booleanValue()).isTrue();
        assertThat(offered.at("/titles/0/download/remedy/0/licenseId").asString())
                .isEqualTo(license);

        // What has to be current, or is not in memory, is not answered.
        assertThat(anna.reader().get(path).status()).isEqualTo(503);
        assertThat(stale("no-cache").get(path).status()).isEqualTo(503);
        assertThat(stale("max-stale").get(anna.path("/licenses/unknown")).status()).isEqualTo(503);
        assertThat(stale("max-stale").get(path + "?asOf=" + Instant.now()).status()).isEqualTo(503);
        assertThat(stale("max-stale").get(new Customer().path("/devices")).status()).isEqualTo(503);
        for (var age : List.of("", "-1", "x", "1.5", "99999999999", "\"1", "1 2")) {
            var refused = stale("max-stale=" + age).get(path);
            assertThat(refused.problem()).as(age).isEqualTo("invalid-request");
        }
        await().until(() -> stale("max-stale=0").get(path).status() == 503);
    }

    private Client stale(String cacheControl) {
        return anna.edge().with("Cache-Control", cacheControl);
    }

    @Test
    void what_is_over_a_limit_by_then_is_kept_and_not_renewed() throws Exception {
        // This node has never seen the customer, whose only device is taken.
        other().post(anna.path("/licenses"), Customer.request(title, "phone", "basic"));
        cutOff();
        var promised = anna.acquire(title, "tablet", "basic");
        assertThat(promised.status()).isEqualTo(201);

        reconcile();
        var license = anna.get(id(promised)).json();
        assertThat(license.get("overLimit").get(0).stringValue()).isEqualTo("maxDownloadDevices");
        assertThat(license.get("expiresAt")).isEqualTo(promised.json().get("expiresAt"));
        var renewal = anna.post(id(promised), "/renewals");
        assertThat(renewal.status()).isEqualTo(409);
        assertThat(renewal.body()).contains("licenseOverLimit");
        assertThat(overLimit(id(promised))).isEqualTo(1);
    }

    private int overLimit(String license) throws SQLException {
        try (var reader = server.database().connect(dev.tally.local.Database.Role.TALLY_READER);
                var sql = reader.createStatement();
                var row =
                        sql.executeQuery(
                                "select count(*) from tally.license_over_limit where license_id = '"
                                        + license
                                        + "'")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void a_license_of_another_node_is_renewed_and_played_by_its_token() throws Exception {
        var issued = other().post(anna.path("/licenses"), Customer.request(title, "tv", PREMIUM));
        var token = issued.json().get("token").stringValue();
        cutOff();
        assertThat(anna.post(id(issued), "/renewals").status()).isEqualTo(503);

        var renewed = post("/licenses/" + id(issued) + "/renewals", token, "");
        assertThat(renewed.status()).isEqualTo(200);
        assertThat(isProvisional(renewed)).isTrue();
        var started = post("/sessions", token, "{\"licenseId\":\"%s\"}".formatted(id(issued)));
        assertThat(started.status()).isEqualTo(201);
        assertThat(isProvisional(started)).isTrue();
        assertThat(started.json().get("state").stringValue()).isEqualTo("RUNNING");

        reconcile();
        var license = anna.get(id(issued)).json();
        assertThat(license.get("renewals").intValue()).isEqualTo(1);
        assertThat(license.get("state").stringValue()).isEqualTo("PLAYING");
        assertThat(events())
                .contains("LicenseRenewed", "SessionStarted", "ProvisionalLicenseReconciled");
    }

    @Test
    void a_promise_is_taken_in_by_the_node_that_its_token_reaches_first() throws Exception {
        cutOff();
        var promised = anna.acquire(title, "phone", PREMIUM);
        var token = promised.json().get("token").stringValue();

        var release =
                other().with("Tally-Entitlement", token)
                        .post(anna.path("/licenses/" + id(promised) + "/release"));
        assertThat(release.status()).isEqualTo(200);
        assertThat(release.json().get("state").stringValue()).isEqualTo("RELEASED");

        reconcile();
        assertThat(anna.get(id(promised)).json().get("state").stringValue()).isEqualTo("RELEASED");
        assertThat(events().stream().filter("LicenseIssued"::equals)).hasSize(1);
    }

    @Test
    void the_promise_of_an_erased_customer_is_not_taken_in() {
        cutOff();
        var promised = anna.acquire(title, "phone", PREMIUM);
        var token = promised.json().get("token").stringValue();
        reconcile();
        assertThat(anna.operator().delete(anna.path("")).status()).isEqualTo(202);

        var release = post("/licenses/" + id(promised) + "/release", token, "");
        assertThat(release.problem()).isEqualTo("unknown-license");
        assertThat(events()).isEmpty();

        assertThat(anna.acquire(title, "phone", PREMIUM).status()).isEqualTo(201);
        assertThat(post("/licenses/" + id(promised) + "/release", token, "").status())
                .isEqualTo(404);
        assertThat(events()).contains("LicenseIssued").doesNotContain("LicenseReleased");
    }

    @Test
    void a_command_takes_in_the_promises_of_its_customer_first() {
        cutOff();
        var promised = anna.acquire(title, "phone", PREMIUM);
        server.restoreDatabase();
        // Whether the round was faster or not: the license is there.
        var released = anna.post(id(promised), "/release");
        assertThat(released.status()).isEqualTo(200);
        assertThat(released.json().get("state").stringValue()).isEqualTo("RELEASED");
    }

    @Test
    void a_token_of_nobody_is_refused() {
        var license = anna.acquire(title, "phone", PREMIUM);
        var token = license.json().get("token").stringValue();
        var forged = token.substring(0, token.length() - 8) + "AAAAAAAA";
        for (var bad : List.of(forged, "x", "a.b.c", server.tokens().of("edge"))) {
            assertThat(post("/licenses/" + id(license) + "/renewals", bad, "").problem())
                    .isEqualTo("invalid-request");
        }
        var bert = new Customer();
        assertThat(
                        bert.edge()
                                .with("Tally-Entitlement", token)
                                .post(bert.path("/licenses/" + id(license) + "/renewals"))
                                .problem())
                .isEqualTo("invalid-request");
    }

    @Test
    void a_policy_switches_promises_off() {
        var title = Customer.newTitle();
        var policy =
                anna.operator()
                        .put(
                                "/v1/policies/title/" + title,
                                "{\"settings\":{\"provisionalDuration\":null}}");
        assertThat(policy.status()).as(policy.body()).isEqualTo(201);
        server.awaitCatalogueCopy();
        cutOff();
        var refused = anna.acquire(title, "phone", PREMIUM);
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header("Retry-After")).isNotNull();
    }

    @Test
    void a_device_gets_so_many_promises_and_no_more() {
        var titles = new ArrayList<String>();
        for (int i = 0; i < 11; i++) titles.add(Customer.newTitle());
        server.awaitCatalogueCopy();
        cutOff();
        for (var title : titles.subList(0, 10)) {
            assertThat(anna.acquire(title, "phone", PREMIUM).status()).isEqualTo(201);
        }
        assertThat(anna.acquire(titles.getLast(), "phone", PREMIUM).status()).isEqualTo(503);
        assertThat(anna.acquire(titles.getLast(), "tablet", PREMIUM).status()).isEqualTo(201);
    }

    @Test
    void a_version_can_only_be_compared_by_the_store() {
        cutOff();
        var conditional =
                anna.edge()
                        .with("If-Match", "\"1.0\"")
                        .post(anna.path("/licenses"), Customer.request(title, "phone", PREMIUM));
        assertThat(conditional.status()).isEqualTo(503);
    }

    @Test
    void a_late_report_waits_for_the_store() {
        var license = anna.acquire(title, "phone", PREMIUM);
        cutOff();
        var late =
                anna.edge()
                        .post(
                                anna.path("/sessions"),
                                "{\"licenseId\":\"%s\",\"occurredAt\":\"%s\"}"
                                        .formatted(id(license), issuedAt(license)));
        assertThat(late.status()).isEqualTo(503);
    }

    @Test
    void operators_read_what_waits_page_by_page() {
        cutOff();
        var promised = new ArrayList<String>();
        for (var device : List.of("a", "b", "c")) {
            promised.add(id(anna.acquire(title, device, PREMIUM)));
        }
        var seen = new ArrayList<String>();
        String cursor = null;
        do {
            var page =
                    anna.operator()
                            .get(
                                    "/v1/provisional-licenses?limit=2"
                                            + (cursor == null ? "" : "&cursor=" + cursor))
                            .json();
            for (JsonNode promise : page.get("promises")) {
                seen.add(promise.get("licenseId").stringValue());
            }
            cursor = page.get("next").isNull() ? null : page.get("next").stringValue();
        } while (cursor != null);
        assertThat(seen).containsSubsequence(promised);
        assertThat(anna.edge().get("/v1/provisional-licenses").status()).isEqualTo(403);
    }
}
