package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

/**
 * Each kind of invalid request is answered with its own problem, which tells nothing internal.
 * Nothing is written.
 */
class RefusedRequestsIT {

    private final TallyServer server = TallyServer.get();
    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();
    private boolean mayHaveWritten;

    @AfterEach
    void nothing_was_written() {
        if (!mayHaveWritten) {
            assertThat(anna.events()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`{`                                                                   | 400 |"
                        + " malformed-json",
                "`[]`                                                                  | 400 |"
                        + " invalid-request",
                "`{}`                                                                  | 400 |"
                        + " invalid-request",
                "`{\"titleId\":\"T\",\"deviceId\":\"d\",\"plan\":\"basic\"}`           | 400 |"
                        + " invalid-request",
                "`{\"titleId\":\"T\",\"deviceId\":\"d\",\"plan\":\"basic\",\"type\":\"RENTAL\"}`"
                        + " | 400 | invalid-request",
                "`{\"titleId\":\"T\",\"deviceId\":\"\",\"plan\":\"basic\",\"type\":\"DOWNLOAD\"}` |"
                        + " 400 | invalid-request",
                "`{\"titleId\":\"T\",\"deviceId\":\"a\\u0000b\",\"plan\":\"basic\",\"type\":\"DOWNLOAD\"}`"
                    + " | 400 | invalid-request",
                "`{\"titleId\":\"T\",\"deviceId\":7,\"plan\":\"basic\",\"type\":\"DOWNLOAD\"}` |"
                        + " 400 | invalid-request",
                "`{\"titleId\":\"T\",\"deviceId\":\"d\",\"plan\":\"basic\",\"type\":\"DOWNLOAD\",\"price\":1}`"
                    + " | 400 | unknown-field",
                "`{\"titleId\":\"T\",\"titleId\":\"T\",\"deviceId\":\"d\",\"plan\":\"basic\",\"type\":\"DOWNLOAD\"}`"
                    + " | 400 | malformed-json",
                "`{\"titleId\":\"no-such-title\",\"deviceId\":\"d\",\"plan\":\"basic\",\"type\":\"DOWNLOAD\"}`"
                    + " | 422 | unknown-title",
                "`{\"titleId\":\"T\",\"deviceId\":\"d\",\"plan\":\"gold\",\"type\":\"DOWNLOAD\"}` |"
                        + " 422 | unknown-plan",
            })
    void an_acquire_that_cannot_be_is_refused(String body, int status, String problem) {
        var answer = anna.edge().post(anna.path("/licenses"), body.replace("\"T\"", quoted(title)));

        assertProblem(answer, status, problem);
    }

    @Test
    void an_id_has_128_characters_at_most() {
        var longest = "d".repeat(128);
        assertProblem(anna.acquire(title, longest + "d", "basic"), 400, "invalid-request");
        assertProblem(anna.acquire("k".repeat(129), title, "d", "basic"), 400, "invalid-request");
        assertProblem(
                anna.edge()
                        .post(
                                "/v1/customers/" + longest + "c/licenses",
                                Customer.request(title, "d", "basic")),
                400,
                "invalid-request");

        mayHaveWritten = true;
        var atTheLimit =
                anna.edge()
                        .with("Idempotency-Key", "k".repeat(128))
                        .post(
                                anna.path("/licenses"),
                                Customer.request(title, "d", "basic")
                                        .replace("\"d\"", quoted(longest)));
        assertThat(atTheLimit.status()).isEqualTo(201);
        assertThat(atTheLimit.json().get("deviceId").stringValue()).isEqualTo(longest);
    }

    @Test
    void all_that_is_wrong_is_named_at_once() {
        var answer = anna.edge().post(anna.path("/licenses"), "{\"titleId\":\"\"}");

        assertProblem(answer, 400, "invalid-request");
        var fields =
                answer.json()
                        .get("errors")
                        .valueStream()
                        .map(error -> error.get("field").stringValue())
                        .toList();
        assertThat(fields).containsExactly("deviceId", "plan", "titleId", "type");
    }

    @Test
    void a_header_is_named_as_the_caller_sent_it() {
        var answer = anna.acquire("k".repeat(129), title, "d", "basic");

        assertThat(answer.json().at("/errors/0/field").stringValue()).isEqualTo("Idempotency-Key");
    }

    @ParameterizedTest
    @CsvSource({"a/b", "a;b", "..", "."})
    void an_id_that_cannot_stand_in_a_path_is_refused(String device) {
        assertProblem(anna.acquire(title, device, "basic"), 400, "invalid-request");
    }

    @Test
    void json_beyond_its_limits_is_refused() {
        var path = anna.path("/licenses");
        var number = "{\"titleId\":" + "9".repeat(1_100) + "}";
        assertProblem(anna.edge().post(path, number), 400, "malformed-json");
        var deep = "{\"titleId\":" + "[".repeat(1_000) + "]".repeat(1_000) + "}";
        assertThat(anna.edge().post(path, deep).status()).isEqualTo(400);
    }

    @Test
    void bytes_that_are_no_utf_8_are_refused() {
        var body = Customer.request(title, "phone", "basic").getBytes(StandardCharsets.UTF_8);
        body[body.length - 10] = (byte) 0xff;
        assertProblem(
                anna.edge()
                        .send(
                                "POST",
                                anna.path("/licenses"),
                                "application/json",
                                BodyPublishers.ofByteArray(body)),
                400,
                "malformed-json");
    }

    @Test
    void a_request_that_reads_in_two_ways_is_refused() {
        var acquire = Customer.request(title, "phone", "basic");
        assertProblem(
                anna.edge().post("/v1/customers/" + anna.id + ";v=1/licenses", acquire),
                400,
                "invalid-request");
        assertProblem(
                anna.edge().with("Content-Encoding", "gzip").post(anna.path("/licenses"), acquire),
                415,
                "unsupported-media-type");
    }

    @Test
    void a_query_whose_condition_fails_is_a_problem_too() {
        assertProblem(
                anna.reader().with("If-Match", "\"0.9\"").get(anna.path("/licenses")),
                412,
                "precondition-failed");
    }

    @Test
    void a_policy_is_for_a_title_that_there_is() {
        assertProblem(
                anna.operator().put("/v1/policies/title/none", "{\"settings\":{}}"),
                422,
                "unknown-title");
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0",
        "limit=201",
        "limit=x",
        "state=LOST",
        "cursor=***",
        "cursor=AA",
        "asOf=yesterday",
        "asOf=2999-01-01T00:00:00Z",
        "asOf=1999-01-01T00:00:00Z",
        "asOf=-100000-01-01T00:00:00Z"
    })
    void a_query_parameter_out_of_range_is_refused(String parameter) {
        assertProblem(
                anna.reader().get(anna.path("/licenses?" + parameter)), 400, "invalid-request");
    }

    /** A caller's clock may be ahead a little, and no more. */
    @Test
    void nobody_asks_for_the_future() {
        var ahead = "/licenses?asOf=" + Instant.now().plusSeconds(10);
        assertThat(anna.reader().get(anna.path(ahead)).status()).isEqualTo(200);
        var later = "/licenses?asOf=" + Instant.now().plusSeconds(60);
        assertProblem(anna.reader().get(anna.path(later)), 400, "invalid-request");
    }

    @ParameterizedTest
    @CsvSource({
        "limit=201",
        "tier=COLD",
        "tier=hot",
        "from=yesterday",
        "to=1999-01-01T00:00:00Z",
        "to=+999999999-01-01T00:00:00Z",
        "aggregateId=a/b",
        "aggregateId=",
        "cursor=***",
        "cursor=AA",
        // These are 1.L, 1.X.1, 99999999999999999999.L.1 and 1..1
        "cursor=MS5M",
        "cursor=MS5YLjE",
        "cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTkuTC4x",
        "cursor=MS4uMQ"
    })
    void a_query_parameter_of_history_out_of_range_is_refused(String parameter) {
        assertProblem(anna.reader().get(anna.path("/events?" + parameter)), 400, "invalid-request");
    }

    @Test
    void a_device_from_the_future_is_refused() {
        mayHaveWritten = true;
        var license = anna.acquire(title, "phone", "basic").json().get("licenseId").stringValue();
        var events = anna.events();
        for (var act : new String[] {"/confirmation", "/release"}) {
            var path = anna.path("/licenses/" + license + act);
            var late = Instant.now().plus(Duration.ofMinutes(10));
            assertProblem(
                    anna.edge().post(path, "{\"occurredAt\":\"" + late + "\"}"), 422, "clock-skew");
            assertProblem(
                    anna.edge().post(path, "{\"occurredAt\":\"now\"}"), 400, "invalid-request");
        }
        assertThat(anna.events()).isEqualTo(events);

        var tolerated = Instant.now().plus(Duration.ofMinutes(4));
        var confirmed =
                anna.edge()
                        .post(
                                anna.path("/licenses/" + license + "/confirmation"),
                                "{\"occurredAt\":\"" + tolerated + "\"}");
        assertThat(confirmed.status()).isEqualTo(200);
    }

    @Test
    void what_the_customer_does_not_have_is_not_found() {
        assertProblem(anna.get("none"), 404, "unknown-license");
        assertProblem(anna.post("none", "/renewals"), 404, "unknown-license");
        assertProblem(anna.post("none", "/confirmation"), 404, "unknown-license");
        assertProblem(anna.post("none", "/release"), 404, "unknown-license");
        assertProblem(anna.edge().delete(anna.path("/devices/none")), 404, "unknown-device");
        assertProblem(anna.reader().get("/v1/titles/none"), 404, "not-found");
        assertProblem(anna.reader().get("/v1/nothing"), 404, "not-found");
    }

    @Test
    void another_customers_license_is_not_found() {
        var license =
                new Customer()
                        .acquire(title, "phone", "basic")
                        .json()
                        .get("licenseId")
                        .stringValue();

        assertProblem(anna.get(license), 404, "unknown-license");
        assertProblem(anna.post(license, "/release"), 404, "unknown-license");
    }

    @Test
    void each_role_does_its_own() {
        var acquire = Customer.request(title, "phone", "basic");
        assertProblem(anna.reader().post(anna.path("/licenses"), acquire), 403, "forbidden");
        assertProblem(anna.operator().post(anna.path("/licenses"), acquire), 403, "forbidden");
        assertProblem(anna.edge().post(anna.path("/licenses/any/revocation")), 403, "forbidden");
        assertProblem(anna.reader().delete(anna.path("/devices/any")), 403, "forbidden");
        assertProblem(anna.edge().put("/v1/titles/t", "{}"), 403, "forbidden");
        assertProblem(anna.reader().put("/v1/policies/plan/x", "{}"), 403, "forbidden");
    }

    @Test
    void who_is_not_known_is_told_so() {
        var acquire = Customer.request(title, "phone", "basic");
        var path = anna.path("/licenses");
        var without = server.client().post(path, acquire);
        assertProblem(without, 401, "unauthenticated");
        assertThat(without.header("WWW-Authenticate")).startsWith("Bearer");
        assertProblem(server.client().withToken("abc").post(path, acquire), 401, "unauthenticated");
        assertProblem(server.client().get(path), 401, "unauthenticated");
    }

    @Test
    void a_method_or_a_type_that_is_not_offered_is_refused() {
        var path = anna.path("/licenses");
        var put = anna.edge().put(path, "{}");
        assertProblem(put, 405, "method-not-allowed");
        assertThat(put.header("Allow")).contains("GET").contains("POST");
        assertProblem(
                anna.edge().send("POST", path, "text/plain", BodyPublishers.ofString("x")),
                415,
                "unsupported-media-type");
        assertProblem(anna.reader().with("Accept", "text/html").get(path), 406, "not-acceptable");
    }

    @Test
    void a_body_has_64_kib_at_most() {
        var body = "{\"titleId\":\"" + "x".repeat(64 * 1024) + "\"}";
        assertProblem(anna.edge().post(anna.path("/licenses"), body), 413, "body-too-large");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`{\"settings\":{\"maxDownloads\":1}}`               | 422 | invalid-policy",
                "`{\"settings\":{\"maxDownloadDevices\":-1}}`        | 422 | invalid-policy",
                "`{\"settings\":{\"maxDownloadDevices\":\"4\"}}`     | 422 | invalid-policy",
                "`{\"settings\":{\"rentalDuration\":\"a month\"}}`   | 422 | invalid-policy",
                "`{\"settings\":{\"yearWindow\":\"LUNAR\"}}`         | 422 | invalid-policy",
                "`{\"settings\":{\"yearWindow\":null}}`              | 422 | invalid-policy",
                "`{\"settings\":null}`                               | 400 | invalid-request",
                "`{\"limits\":{}}`                                   | 400 | unknown-field",
            })
    void a_policy_that_cannot_be_is_refused(String body, int status, String problem) {
        assertProblem(anna.operator().put("/v1/policies/title/" + title, body), status, problem);
    }

    @Test
    void a_policy_belongs_to_a_scope() {
        var policy = "{\"settings\":{}}";
        assertProblem(anna.operator().put("/v1/policies/moon/x", policy), 400, "invalid-request");
        assertProblem(anna.operator().put("/v1/policies/global/x", policy), 400, "invalid-request");
        assertProblem(anna.reader().get("/v1/policies/plan/none"), 404, "not-found");
    }

    @Test
    void a_title_that_cannot_be_is_refused() {
        var path = "/v1/titles/t-" + title;
        assertProblem(anna.operator().put(path, "{\"name\":\"n\"}"), 400, "invalid-request");
        assertProblem(
                anna.operator()
                        .put(
                                path,
                                """
                                {"name":"n","studioId":"s","availabilityStart":"2026-02-01T00:00:00Z",
                                 "availabilityEnd":"2026-01-01T00:00:00Z"}
                                """),
                400,
                "invalid-request");
        assertProblem(
                anna.operator()
                        .put(
                                path,
                                """
                                {"name":"n","studioId":"s","availabilityEnd":"+99999-01-01T00:00:00Z"}
                                """),
                400,
                "invalid-request");
    }

    @ParameterizedTest
    @CsvSource({"%01", "a%00b", "%E2%80", "..%2Fc"})
    void a_path_that_is_no_id_is_refused(String customer) {
        var answer = anna.reader().get("/v1/customers/" + customer + "/licenses");

        assertThat(answer.status()).isBetween(400, 404);
        assertThat(answer.body()).doesNotContain("Exception").doesNotContain("dev.tally");
    }

    @Test
    void an_id_may_be_of_any_script() {
        var customer = URLEncoder.encode("客户-" + anna.id, StandardCharsets.UTF_8);
        var answer =
                anna.edge()
                        .post(
                                "/v1/customers/" + customer + "/licenses",
                                Customer.request(title, "电话 📱", "basic"));

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.json().get("deviceId").stringValue()).isEqualTo("电话 📱");
        assertThat(answer.json().get("customerId").stringValue()).isEqualTo("客户-" + anna.id);
    }

    private static void assertProblem(Client.Answer answer, int status, String problem) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.problem()).isEqualTo(problem);
        assertThat(answer.json().get("title").stringValue()).isNotBlank();
        assertThat(answer.json().get("status").intValue()).isEqualTo(status);
        assertThat(answer.body())
                .doesNotContain("Exception")
                .doesNotContain("dev.tally")
                .doesNotContain("jakarta")
                .doesNotContain("hibernate");
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }
}
