package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.local.Tokens;
import dev.tally.system.Client;
import dev.tally.system.Client.Answer;
import dev.tally.system.ContainerServer;
import dev.tally.system.TallyServer;

import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.junit5.container.annotation.ArquillianTest;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * Every invalid request is answered with a problem that says what is wrong, in terms of the
 * request.
 */
@ArquillianTest
@RunAsClient
class BadInputIT {

    private static final String VALID = "{\"id\":\"a\",\"flag\":true}";

    @ArquillianResource URI url;

    @Deployment(testable = false)
    static WebArchive application() {
        return Deployments.tallyWith(Probe.class, Probe.Body.class, Probe.Kind.class);
    }

    /**
     * Waits until the deployed application has checked the migrations, although there are none left
     * to run.
     */
    @BeforeEach
    void awaitMigration() {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> anyone().get("v1/probe/open").status() == 200);
    }

    private Client anyone() {
        return new Client(url, TallyServer.get().tokens());
    }

    private Answer post(String json) {
        return anyone().as("edge").post("v1/probe", json);
    }

    private Answer send(String body, String type) {
        return anyone().as("edge").send("POST", "v1/probe", type, BodyPublishers.ofString(body));
    }

    @Test
    void a_good_request_is_answered() {
        var json =
                "{\"id\":\"a\",\"kind\":\"ONE\",\"at\":\"2026-01-01T00:00:00Z\",\"count\":3,\"flag\":true}";
        assertThat(post(json).body()).isEqualTo(json.replace("00Z", "00.000000Z"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                                  | malformed-json",
                "null                                | malformed-json",
                "{\"id\":\"a\",,}                    | malformed-json",
                "{\"id\":\"a\",\"flag\":true} x      | malformed-json",
                "{\"id\":\"a\",\"id\":\"b\"}         | malformed-json",
                "{\"id\":\"a\",\"flag\":true,\"foo\":1} | unknown-field",
            })
    void what_is_not_the_expected_json_has_a_problem_of_its_own(String json, String problem) {
        var answer = post(json);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem()).isEqualTo(problem);
    }

    @Test
    void malformed_json_is_refused_with_its_place() {
        var problem = post("{\"id\":\"a\",\n,}").json();
        assertThat(problem.get("line").intValue()).isEqualTo(2);
        assertThat(problem.get("column").intValue()).isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"id\":\"a\"}                                 | flag  | must be true or false",
                "{\"id\":1,\"flag\":true}                       | id    | must be a string",
                "{\"id\":\"a\",\"flag\":true,\"at\":12}         | at    | must be an instant such"
                        + " as 2026-01-31T12:00:00Z, of the years 1970 to 9999",
                "{\"id\":\"a\",\"flag\":true,\"at\":\"x\"}      | at    | must be an instant such"
                        + " as 2026-01-31T12:00:00Z, of the years 1970 to 9999",
                "{\"id\":\"a\",\"flag\":true,\"kind\":\"one\"}  | kind  | must be one of [ONE,"
                        + " TWO]",
                "{\"id\":\"a\",\"flag\":true,\"count\":\"1\"}   | count | must be a number in"
                        + " range",
                "{\"id\":\"a\",\"flag\":true,\"count\":1.5}     | count | must be a number in"
                        + " range",
                "{\"id\":\"012345678\",\"flag\":true}           | id    | size must be between 0"
                        + " and 8",
                "[1]                                            | body  | has the wrong type",
            })
    void a_value_that_does_not_fit_is_named(String json, String field, String message) {
        var answer = post(json);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem()).isEqualTo("invalid-request");
        var error = answer.json().get("errors").get(0);
        assertThat(error.get("field").stringValue()).isEqualTo(field);
        assertThat(error.get("message").stringValue()).isEqualTo(message);
    }

    @ParameterizedTest
    @CsvSource({"1000", "x"})
    void a_parameter_out_of_range_is_not_valid(String limit) {
        var answer = anyone().as("reader").get("v1/probe/limited?limit=" + limit);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem()).isEqualTo("invalid-request");
    }

    @ParameterizedTest
    @CsvSource({
        "limited?limt=1,            limt,  is not a parameter here",
        "limited?limit=1&limit=2,    limit, must be given once",
        "limited?x,                 x,     is not a parameter here",
        "open?limit=1,              limit, is not a parameter here"
    })
    void a_parameter_that_is_not_there_or_twice_is_named(String path, String name, String why) {
        var answer = anyone().as("reader").get("v1/probe/" + path);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem()).isEqualTo("invalid-request");
        assertThat(answer.json().at("/errors/0/field").stringValue()).isEqualTo(name);
        assertThat(answer.json().at("/errors/0/message").stringValue()).isEqualTo(why);
    }

    @Test
    void who_may_not_ask_is_not_told_the_parameters() {
        assertThat(anyone().get("v1/probe/unannotated?x=1").status()).isEqualTo(401);
    }

    @Test
    void a_body_over_the_limit_is_too_large() {
        var answer = post(" ".repeat(BodyLimit.DEFAULT_BYTES) + VALID);
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.problem()).isEqualTo("body-too-large");
    }

    @Test
    void a_body_over_the_limit_that_does_not_say_its_length_is_too_large() {
        var body = new byte[BodyLimit.DEFAULT_BYTES + 1];
        Arrays.fill(body, (byte) ' ');
        var answer =
                anyone().as("edge")
                        .send(
                                "POST",
                                "v1/probe",
                                "application/json",
                                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.problem()).isEqualTo("body-too-large");
    }

    @Test
    void a_method_may_take_a_larger_body() {
        var body = " ".repeat(BodyLimit.DEFAULT_BYTES + 1);
        var answer =
                anyone().as("edge")
                        .send(
                                "POST",
                                "v1/probe/large",
                                "application/x-ndjson",
                                BodyPublishers.ofString(body));
        assertThat(answer.body()).isEqualTo(Integer.toString(body.length()));
    }

    @Test
    void the_wrong_method_is_told_which_are_right() {
        var answer = anyone().as("edge").delete("v1/probe");
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.problem()).isEqualTo("method-not-allowed");
        assertThat(answer.header("Allow")).contains("POST");
    }

    @Test
    void another_content_type_is_not_supported() {
        var answer = send(VALID, "text/plain");
        assertThat(answer.status()).isEqualTo(415);
        assertThat(answer.problem()).isEqualTo("unsupported-media-type");
    }

    @Test
    void what_cannot_be_answered_is_not_acceptable() {
        var answer = anyone().as("edge").with("Accept", "text/csv").post("v1/probe", VALID);
        assertThat(answer.status()).isEqualTo(406);
        assertThat(answer.problem()).isEqualTo("not-acceptable");
    }

    @Test
    void an_unknown_path_is_not_found() {
        var answer = anyone().as("edge").get("v1/nothing");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.problem()).isEqualTo("not-found");
    }

    @Test
    void a_resource_without_an_annotation_is_closed() {
        var answer = anyone().get("v1/probe/unannotated");
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.problem()).isEqualTo("unauthenticated");
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"tally\"");
        assertThat(anyone().as("operator").get("v1/probe/unannotated").status()).isEqualTo(403);
        assertThat(anyone().get("v1/probe/open").status()).isEqualTo(200);
    }

    @Test
    void a_token_that_is_expired_foreign_or_none_at_all_is_refused() throws Exception {
        var ours = TallyServer.get().tokens();
        var foreign = Tokens.in(Path.of("target/foreign-keys"));
        for (var token :
                new String[] {ours.of("edge", Duration.ofHours(-1)), foreign.of("edge"), "x"}) {
            var answer = anyone().withToken(token).post("v1/probe", VALID);
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.problem()).isEqualTo("unauthenticated");
            assertThat(answer.header("WWW-Authenticate")).contains("invalid_token");
        }
    }

    @Test
    void another_role_is_forbidden() {
        var answer = anyone().as("reader").post("v1/probe", VALID);
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.problem()).isEqualTo("forbidden");
    }

    @Test
    void a_fault_tells_nothing_internal() {
        var answer = anyone().get("v1/probe/bug");
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.problem()).isEqualTo("internal-error");
        assertThat(answer.json().get("instance").stringValue())
                .endsWith(answer.header("X-Request-Id"));
        assertThat(answer.body()).doesNotContain("secret").doesNotContain("Exception");
    }

    @Test
    void a_database_that_is_gone_is_unavailable_and_works_again_once_it_is_back() {
        var relay = ContainerServer.relay();
        assertThat(anyone().get("v1/probe/database").body()).isEqualTo("42");
        relay.cut();
        try {
            var answer = anyone().get("v1/probe/database");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.problem()).isEqualTo("unavailable");
            assertThat(answer.header("Retry-After")).isNotNull();
        } finally {
            relay.restore();
        }
        assertThat(anyone().get("v1/probe/database").body()).isEqualTo("42");
    }
}
