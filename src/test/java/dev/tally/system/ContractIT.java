package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.architecture.OpenApi;
import dev.tally.system.Client.Answer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.net.http.HttpRequest.BodyPublishers;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;

/**
 * The answers of the packaged server are as the OpenAPI document describes them: status, headers
 * and body.
 */
class ContractIT {

    private static final TallyServer SERVER = TallyServer.get();
    private static final Client EDGE = SERVER.as("edge");
    private static final Client READER = SERVER.as("reader");
    private static final Client OPERATOR = SERVER.as("operator");
    private static final String ACQUIRE =
            """
            {"titleId":"%s","deviceId":"tablet","plan":"standard","type":"DOWNLOAD"}\
            """;

    private final String customer = "/v1/customers/contract-" + UUID.randomUUID();
    private final String licenses = customer + "/licenses";

    @BeforeAll
    static void titles() {
        var title = "{\"titleId\":\"%s\",\"name\":\"A\",\"studioId\":\"contract-studio\"}\n";
        check(
                OPERATOR,
                "POST",
                "/v1/titles",
                "application/x-ndjson",
                title.formatted("contract-1") + title.formatted("contract-2") + "{}",
                200);
        var once = "{\"settings\":{\"maxDownloadsPerTitlePerYear\":1,\"maxRenewals\":0}}";
        var path = "/v1/policies/title/contract-2";
        if (READER.get(path).status() == 404) check(OPERATOR, "PUT", path, once, 201);
    }

    @Test
    void the_server_publishes_the_document() {
        var published = new YAMLMapper().readTree(SERVER.client().get("/openapi").body());
        var written = OpenApi.document();
        assertThat(published.findValues("operationId")).hasSize(50);
        for (var part : new String[] {"openapi", "info", "paths", "components"}) {
            assertThat(published.get(part)).as(part).isEqualTo(written.get(part));
        }
    }

    @Test
    void commands_and_queries_about_licenses() {
        var acquire = ACQUIRE.formatted("contract-1");
        var id = check(EDGE, "POST", licenses, acquire, 201).json().get("licenseId").asString();
        var license = licenses + "/" + id;
        check(EDGE, "POST", licenses, acquire, 200);
        var tag = check(READER, "GET", license, null, 200).header("ETag");
        check(READER.with("If-None-Match", tag), "GET", license, null, 304);
        check(READER, "GET", licenses, null, 200);
        check(READER.with("If-None-Match", tag), "GET", licenses, null, 304);
        check(READER.with("If-None-Match", "W/" + tag), "GET", licenses, null, 304);
        check(READER.with("If-None-Match", "\"1.0\", " + tag), "GET", license, null, 304);
        check(READER.with("If-None-Match", "*"), "GET", license, null, 304);
        check(READER.with("If-None-Match", "\"1.0\""), "GET", license, null, 200);
        check(READER.with("If-Match", "\"1.0\", " + tag), "GET", license, null, 200);
        assertThat(READER.with("If-Match", "W/" + tag).get(license).status()).isEqualTo(412);
        check(READER, "GET", license + "?asOf=" + Instant.now(), null, 200);
        check(READER, "GET", licenses + "?limit=0", null, 400);
        var unknown = check(READER, "GET", licenses + "?titel=x", null, 400);
        assertThat(unnamed(unknown)).isEqualTo(example("UnknownParameter"));
        check(READER, "GET", licenses + "?limit=1&limit=1", null, 400);
        check(READER, "GET", licenses + "?state=ISSUED&state=PLAYING", null, 200);
        check(READER, "GET", licenses + "?limit=201", null, 400);
        check(READER, "GET", licenses + "?state=GONE", null, 400);
        check(READER, "GET", licenses + "?asOf=yesterday", null, 400);
        check(READER, "GET", licenses + "?cursor=*", null, 400);
        check(READER, "GET", licenses + "/none", null, 404);
        check(EDGE, "POST", license + "/confirmation", null, 200);
        check(EDGE, "POST", license + "/confirmation", "{}", 200);
        check(EDGE, "POST", license + "/renewals", null, 200);
        var far = "{\"occurredAt\":\"%s\"}".formatted(Instant.now().plusSeconds(3_600));
        check(EDGE, "POST", license + "/release", far, 422);
        check(EDGE.with("If-Match", "\"0.0\""), "POST", license + "/release", null, 412);
        check(EDGE.with("If-Match", "x"), "POST", license + "/release", null, 400);
        check(EDGE, "POST", license + "/release", "{\"x\":1}", 400);
        check(EDGE, "POST", license + "/release", "{", 400);
        check(EDGE, "POST", license + "/release", null, 200);
        check(EDGE, "POST", license + "/confirmation", null, 409);
        check(EDGE, "POST", license + "/renewals", null, 409);
        check(OPERATOR, "POST", license + "/revocation", "{\"reason\":\"x\"}", 200);
        check(OPERATOR, "POST", license + "/revocation", null, 200);
        check(EDGE, "POST", license + "/revocation", null, 403);
        check(OPERATOR, "POST", licenses + "/none/revocation", null, 404);
    }

    @Test
    void refusals_to_acquire() {
        var acquire = ACQUIRE.formatted("contract-1");
        check(SERVER.client(), "POST", licenses, acquire, 401);
        check(SERVER.client().withToken("x"), "POST", licenses, acquire, 401);
        check(READER, "POST", licenses, acquire, 403);
        check(EDGE.with("Accept", "text/html"), "POST", licenses, acquire, 406);
        check(EDGE, "POST", licenses, "text/plain", acquire, 415);
        check(EDGE, "POST", licenses, " ".repeat(65_537), 413);
        check(EDGE, "POST", licenses, null, 400);
        check(EDGE, "POST", licenses, "{}", 400);
        var invalid = acquire.replace("tablet", "a/b").replace("DOWNLOAD", "RENTAL");
        assertThat(unnamed(check(EDGE, "POST", licenses, invalid, 400)))
                .isEqualTo(example("InvalidRequest"));
        check(EDGE, "POST", licenses, ACQUIRE.formatted("none"), 422);
        check(EDGE, "POST", licenses, acquire.replace("standard", "none"), 422);
        check(EDGE.with("Idempotency-Key", "x".repeat(129)), "POST", licenses, acquire, 400);
        var keyed = EDGE.with("Idempotency-Key", "k");
        check(keyed, "POST", licenses, acquire, 201);
        check(keyed, "POST", licenses, acquire, 201);
        check(keyed, "POST", licenses, acquire.replace("tablet", "phone"), 422);
        var rare = ACQUIRE.formatted("contract-2");
        var license = check(EDGE, "POST", licenses, rare, 201).json().get("licenseId").asString();
        check(EDGE, "POST", licenses + "/" + license + "/renewals", null, 409);
        check(EDGE, "POST", licenses + "/" + license + "/release", null, 200);
        check(EDGE, "POST", licenses, rare, 409);
        check(READER, "POST", customer + "/decisions", rare, 200);
        check(READER, "POST", customer + "/decisions", ACQUIRE.formatted("none"), 422);
        var then = customer + "/decisions?asOf=" + Instant.now();
        check(READER, "POST", then, rare, 200);
        check(READER, "POST", then.replace("asOf=20", "asOf=30"), rare, 400);
        check(READER, "POST", customer + "/decisions?x=1", rare, 400);
        var supposing = rare.replace("}", ",\"whatIf\":{\"plan\":\"%s\"}}");
        check(READER, "POST", customer + "/decisions", supposing.formatted("premium"), 200);
        check(READER, "POST", customer + "/decisions", supposing.formatted("none"), 422);
        var titles = "{\"titles\":[%s],\"deviceId\":\"tablet\",\"plan\":\"premium\"}";
        var two = titles.formatted("\"contract-1\",\"none\"");
        check(READER, "POST", customer + "/decisions", two, 200);
        check(READER, "POST", then, two, 200);
        check(READER, "POST", customer + "/decisions", titles.formatted(""), 400);
        check(READER, "POST", customer + "/decisions", "application/x-ndjson", "{}\n{}", 200);
        check(READER, "POST", customer + "/decisions", "text/plain", "{}", 415);
    }

    @Test
    void sessions() {
        var license =
                check(EDGE, "POST", licenses, ACQUIRE.formatted("contract-1"), 201)
                        .json()
                        .get("licenseId")
                        .asString();
        var sessions = customer + "/sessions";
        var session = "{\"licenseId\":\"%s\",\"sessionId\":\"%s\"}";
        var start = session.formatted(license, "s1");
        var second = session.formatted(license, "s2");
        check(READER, "POST", sessions, start, 403);
        check(EDGE, "POST", sessions, "{}", 400);
        check(EDGE, "POST", sessions, "{\"licenseId\":\"none\"}", 404);
        check(EDGE, "POST", sessions, start, 201);
        check(EDGE, "POST", sessions, start, 200);
        var keyed = EDGE.with("Idempotency-Key", "k");
        check(keyed, "POST", sessions, second, 201);
        check(keyed, "POST", sessions, second, 201);
        check(keyed, "POST", sessions, start, 422);
        var tag = check(READER, "GET", sessions, null, 200).header("ETag");
        check(READER.with("If-None-Match", "W/" + tag), "GET", sessions, null, 304);
        check(READER.with("If-None-Match", tag), "GET", sessions + "/s1", null, 304);
        check(READER, "GET", sessions + "/s1", null, 200);
        check(READER, "GET", sessions + "/none", null, 404);
        var now = "?asOf=" + Instant.now();
        check(READER, "GET", sessions + now, null, 200);
        check(READER, "GET", sessions + "/s1" + now, null, 200);
        check(READER, "GET", sessions + "/s1?asOf=2026-01-01T00:00:00Z", null, 404);
        var events = sessions + "/s1/events";
        check(EDGE, "POST", events, "{\"type\":\"PAUSE\"}", 200);
        check(EDGE, "POST", events, "{\"type\":\"REWIND\"}", 400);
        check(EDGE, "POST", events, "{\"type\":\"START\"}", 400);
        check(EDGE, "POST", events, "[]", 400);
        check(EDGE, "POST", events, "1", 400);
        check(EDGE, "POST", events, "[" + "1,".repeat(1_000) + "1]", 400);
        check(EDGE, "POST", events, " ".repeat(600_000), 413);
        var far = Instant.now().plusSeconds(3_600);
        var late = "{\"type\":\"STOP\",\"occurredAt\":\"%s\"}".formatted(far);
        check(EDGE, "POST", events, late, 422);
        check(EDGE, "POST", events, "[%s,1,{\"type\":\"RESUME\"}]".formatted(late), 200);
        check(EDGE, "POST", licenses + "/" + license + "/release", null, 200);
        check(EDGE, "POST", sessions, session.formatted(license, "s3"), 409);
        var live = EDGE.with("Last-Event-ID", "s1 ended").with("Accept", "text/event-stream");
        check(live, "GET", sessions + "/s1/stream", null, 204);
        check(live, "GET", sessions + "/none/stream", null, 404);
        check(READER, "GET", sessions + "/s1/stream", null, 403);
        check(EDGE, "POST", "/v1/sessions/events", "application/x-ndjson", "{}\n{}", 200);
        check(EDGE, "POST", "/v1/sessions/events", "application/json", "{}", 415);
        check(READER, "POST", "/v1/sessions/events", "application/x-ndjson", "{}", 403);
    }

    @Test
    void devices_and_quotas() {
        check(READER, "GET", customer + "/devices", null, 200);
        check(READER, "GET", customer + "/quotas", null, 200);
        check(EDGE, "DELETE", customer + "/devices/tablet", null, 404);
        check(EDGE, "POST", licenses, ACQUIRE.formatted("contract-1"), 201);
        check(READER, "GET", customer + "/devices", null, 200);
        check(READER, "GET", customer + "/quotas?titleId=contract-1&deviceId=tablet", null, 200);
        var quotas = customer + "/quotas?titleId=contract-1";
        var tag = check(READER, "GET", quotas, null, 200).header("ETag");
        assertThat(tag).startsWith("W/");
        check(READER.with("If-None-Match", tag), "GET", quotas, null, 304);
        check(READER.with("If-None-Match", tag.substring(2)), "GET", quotas, null, 304);
        check(READER, "GET", quotas + "&asOf=" + Instant.now(), null, 200);
        check(READER, "GET", customer + "/quotas?titleId=none", null, 422);
        check(READER, "GET", customer + "/devices?asOf=" + Instant.now(), null, 200);
        check(READER, "GET", customer + "/devices?asOf=2999-01-01T00:00:00Z", null, 400);
        var home = customer + "/devices/tablet/downloads";
        var page = check(READER, "GET", home, null, 200).header("ETag");
        check(READER.with("If-None-Match", page), "GET", home, null, 304);
        check(READER, "GET", home + "?asOf=" + Instant.now(), null, 200);
        check(READER, "GET", home + "?plan=none", null, 422);
        check(READER, "GET", home + "?asOf=yesterday", null, 400);
        check(READER, "GET", customer + "/downloads", null, 200);
        check(READER, "GET", customer + "/downloads?since=yesterday", null, 400);
        check(READER, "GET", customer + "/downloads?asOf=" + Instant.now(), null, 200);
        check(READER, "GET", customer + "/downloads?cursor=*", null, 400);
        check(READER, "GET", customer + "/quotas?plan=none", null, 422);
        check(READER, "GET", customer + "/quotas?plan=", null, 400);
        check(EDGE, "DELETE", customer + "/devices/tablet", null, 200);
        check(EDGE, "DELETE", customer + "/devices/tablet", null, 200);
    }

    @Test
    void history_and_partitions() {
        check(EDGE, "POST", licenses, ACQUIRE.formatted("contract-1"), 201);
        check(READER, "GET", customer + "/events", null, 200);
        var first = check(READER, "GET", customer + "/events?limit=1&tier=HOT", null, 200);
        assertThat(first.header("Link")).startsWith("<?").endsWith(">; rel=\"next\"");
        var link = first.header("Link").replaceAll("[<>]|; rel.*", "");
        assertThat(link.substring(1).split("&"))
                .containsExactlyInAnyOrder(
                        "limit=1", "tier=HOT", "cursor=" + first.json().get("next").asString());
        check(READER, "GET", customer + "/events" + link, null, 200);
        check(READER, "GET", customer + "/events?tier=COLD", null, 400);
        check(EDGE, "GET", customer + "/events", null, 403);
        check(OPERATOR, "GET", customer + "/export", null, 200);
        check(READER, "GET", customer + "/export", null, 403);
        check(OPERATOR, "GET", "/v1/partitions", null, 200);
        check(READER, "GET", "/v1/partitions", null, 403);
        check(OPERATOR, "GET", "/v1/partitions/event_1999_01", null, 404);
        var youngest = check(OPERATOR, "GET", "/v1/partitions", null, 200).json();
        var name = youngest.get("partitions").get(0).get("name").stringValue();
        check(OPERATOR, "GET", "/v1/partitions/" + name, null, 200);
        check(OPERATOR, "POST", "/v1/partitions/" + name + "/archive", null, 409);
        check(OPERATOR, "POST", "/v1/partitions/event_1999_01/archive", null, 404);
        check(OPERATOR, "PUT", "/v1/partition-job", "{}", 400);
        var hold = "/v1/partitions/" + name + "/legal-hold";
        check(OPERATOR, "PUT", hold, "{\"reason\":\"Case 1\"}", 200);
        check(OPERATOR, "PUT", hold, "{\"reason\":\"\"}", 400);
        check(EDGE, "PUT", hold, "{\"reason\":\"Case 1\"}", 403);
        check(OPERATOR, "DELETE", hold, null, 200);
        check(OPERATOR, "DELETE", "/v1/partitions/event_1999_01/legal-hold", null, 404);
        check(OPERATOR, "PUT", "/v1/partition-job", "{\"paused\":false}", 200);
    }

    @Test
    void erasures() {
        check(EDGE, "POST", licenses, ACQUIRE.formatted("contract-1"), 201);
        check(EDGE, "DELETE", customer, null, 403);
        var erasure = check(OPERATOR, "DELETE", customer, null, 202).json().get("erasureId");
        check(OPERATOR, "GET", "/v1/erasures/" + erasure.stringValue(), null, 200);
        check(OPERATOR, "GET", "/v1/erasures/none", null, 404);
        check(READER, "GET", "/v1/erasures/none", null, 403);
    }

    @Test
    void titles_and_policies() {
        check(READER, "GET", "/v1/titles", null, 200);
        check(READER, "GET", "/v1/titles/contract-1", null, 200);
        check(READER, "GET", "/v1/titles/none", null, 404);
        var title = "{\"name\":\"A\",\"studioId\":\"contract-studio\"}";
        var fresh = "/v1/titles/contract-" + UUID.randomUUID();
        var titleTag = check(OPERATOR, "PUT", fresh, title, 201).header("ETag");
        check(OPERATOR.with("If-Match", titleTag), "PUT", fresh, title, 200);
        check(OPERATOR.with("If-None-Match", "*"), "PUT", fresh, title, 412);
        check(OPERATOR.with("If-None-Match", titleTag), "PUT", fresh, title, 400);
        check(OPERATOR.with("If-Match", "\"7\""), "PUT", fresh, title, 412);
        check(READER.with("If-None-Match", titleTag), "GET", fresh, null, 304);
        check(OPERATOR, "PUT", "/v1/titles/contract-3", "{\"name\":\"\"}", 400);
        var early = title.replace("}", ",\"availabilityStart\":\"1969-01-01T00:00:00Z\"}");
        check(OPERATOR, "PUT", "/v1/titles/contract-3", early, 400);
        var backwards =
                title.replace(
                        "}",
                        ",\"availabilityStart\":\"2027-01-01T00:00:00Z\""
                                + ",\"availabilityEnd\":\"2026-01-01T00:00:00Z\"}");
        check(OPERATOR, "PUT", "/v1/titles/contract-3", backwards, 400);
        check(EDGE, "PUT", "/v1/titles/contract-3", title, 403);
        var all = check(READER, "GET", "/v1/policies", null, 200).header("ETag");
        check(READER.with("If-None-Match", all), "GET", "/v1/policies", null, 304);
        check(READER, "GET", "/v1/policies?version=1", null, 200);
        check(READER, "GET", "/v1/policies?version=none", null, 400);
        check(READER, "GET", "/v1/policies?version=999999999", null, 404);
        check(READER, "GET", "/v1/policies/global/default?version=1", null, 200);
        check(READER, "GET", "/v1/policies/global/default", null, 200);
        check(READER, "GET", "/v1/policies/plan/none", null, 404);
        check(READER, "GET", "/v1/policies/none/none", null, 400);
        var plan = "/v1/policies/plan/contract-" + UUID.randomUUID();
        var policy = "{\"settings\":{\"maxDownloadDevices\":%s}}";
        var tag = check(OPERATOR, "PUT", plan, policy.formatted(1), 201).header("ETag");
        check(OPERATOR, "PUT", plan, policy.formatted(2), 428);
        check(OPERATOR.with("If-Match", tag), "PUT", plan, policy.formatted(2), 200);
        check(OPERATOR.with("If-Match", tag), "PUT", plan, policy.formatted(2), 412);
        check(OPERATOR.with("If-Match", tag), "PUT", plan, policy.formatted(-1), 422);
        check(OPERATOR, "PUT", "/v1/policies/studio/none", policy.formatted(1), 422);
        check(OPERATOR, "DELETE", plan, null, 428);
        check(OPERATOR.with("If-Match", tag), "DELETE", plan, null, 412);
        check(EDGE, "DELETE", plan, null, 403);
        var now = check(READER, "GET", plan, null, 200).header("ETag");
        check(READER.with("If-None-Match", now), "GET", plan, null, 304);
        check(OPERATOR.with("If-Match", now), "DELETE", plan, null, 200);
        check(OPERATOR.with("If-Match", now), "DELETE", plan, null, 404);
        var later = "{\"settings\":{},\"validFrom\":\"%s\"}";
        var soon = later.formatted(Instant.now().plusSeconds(3600));
        check(OPERATOR, "PUT", plan, soon, 201);
        check(READER, "GET", plan, null, 200);
        check(OPERATOR.with("If-None-Match", "*"), "PUT", plan, soon, 412);
        check(OPERATOR, "PUT", plan, later.formatted("2020-01-01T00:00:00Z"), 400);
        check(SERVER.client(), "GET", "/.well-known/jwks.json", null, 200);
    }

    @Test
    void policies_of_a_newer_release() throws SQLException {
        var id = "contract-" + UUID.randomUUID();
        var plan = "/v1/policies/plan/" + id;
        var policy = "{\"settings\":{\"maxDownloadDevices\":1}}";
        NewerRelease.putsPolicy("plan", id, "{\"maxProfiles\": 2}");
        // A node that writes a policy reads all policies again.
        check(OPERATOR, "PUT", plan + "-of-this-release", policy, 201);
        check(READER, "GET", "/v1/policies", null, 200);
        var tag = check(READER, "GET", plan, null, 200).header("ETag");
        check(OPERATOR.with("If-Match", tag), "PUT", plan, policy, 409);
    }

    /** A problem without the name of its request, which is another one each time. */
    private static JsonNode unnamed(Answer answer) {
        return ((ObjectNode) answer.json()).without("instance");
    }

    private static JsonNode example(String name) {
        return OpenApi.document().at("/components/examples/" + name + "/value");
    }

    private static Answer check(Client who, String method, String url, String json, int status) {
        return check(who, method, url, "application/json", json, status);
    }

    private static Answer check(
            Client who, String method, String url, String type, String body, int status) {
        var answer =
                body == null
                        ? who.send(method, url, null, BodyPublishers.noBody())
                        : who.send(method, url, type, BodyPublishers.ofString(body));
        var errors =
                OpenApi.errors(
                        method,
                        url.replaceFirst("[?].*", ""),
                        answer.status(),
                        answer.headers(),
                        answer.body());
        var what = "%s %s %s: %s".formatted(method, url, body, answer.body());
        assertThat(answer.status()).as(what).isEqualTo(status);
        assertThat(errors).as(what).isEmpty();
        return answer;
    }
}
