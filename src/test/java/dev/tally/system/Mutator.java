package dev.tally.system;

import dev.tally.architecture.OpenApi;
import dev.tally.local.Tokens;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.regex.Matcher;

/**
 * Makes requests to the operations of the OpenAPI document, most of which have something wrong with
 * them. The same seed makes the same requests.
 */
final class Mutator {

    private static final List<String> NASTY =
            List.of(
                    "%",
                    "%4",
                    "%zz",
                    "%00",
                    "%0d%0a",
                    "%ff",
                    "%C0%80",
                    "%ED%A0%80",
                    "%2e%2e",
                    "..",
                    "%2F",
                    "a%2Fb",
                    ";v=1",
                    "<",
                    ">",
                    "\"",
                    "{",
                    "|",
                    "\\",
                    "^",
                    "`",
                    "é",
                    "[",
                    "]",
                    "%F0%9F%98%80",
                    "%F0%9F%AB%AA",
                    "-1",
                    "0",
                    "99999999999999999999",
                    "1e9",
                    "NaN",
                    "null",
                    "true",
                    "'",
                    "' or 1=1 --",
                    "*",
                    "+",
                    "a+b",
                    "%20",
                    "~",
                    "@",
                    "a:b",
                    "#x",
                    "2999-01-01T00:00:00Z",
                    "1969-12-31T23:59:59Z",
                    "2026-02-30T00:00:00Z",
                    "2026-01-01T00:00:00.0000000000001Z",
                    "-1000000-01-01T00:00:00Z",
                    "AA",
                    "MS5M");

    private static final List<String> HEADERS =
            List.of(
                    "Accept: application/json;q=abc",
                    "Accept: /",
                    "Accept: ;;",
                    "Accept: */*;q=2",
                    "Accept: a/b/c",
                    "Accept: application/json; charset=nonsense",
                    "Accept: ",
                    "Accept: text/event-stream",
                    "Accept-Encoding: gzip;q=x",
                    "Accept-Encoding: gzip",
                    "Accept-Encoding: ,,;",
                    "Accept-Language: -",
                    "Accept-Charset: \"",
                    "If-Match: x",
                    "If-Match: W/\"1\"",
                    "If-Match: \"",
                    "If-Match: \"1\", \"2\"",
                    "If-Match: *",
                    "If-None-Match: x",
                    "If-None-Match: \"",
                    "If-None-Match: *",
                    "If-None-Match: W/\"0\", \"1\"",
                    "If-Modified-Since: yesterday",
                    "If-Unmodified-Since: 0",
                    "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
                    "Range: bytes=-1",
                    "Idempotency-Key: ",
                    "Idempotency-Key: a\u0001b",
                    "Idempotency-Key: a/b",
                    "Idempotency-Key: key",
                    "traceparent: 00-x-y-z",
                    "traceparent: ",
                    "Last-Event-ID: x",
                    "Cookie: JSESSIONID=x; =; a",
                    "Content-Language: ?",
                    "X-HTTP-Method-Override: DELETE",
                    "X-Forwarded-Host: evil.example",
                    "Forwarded: for=\"",
                    "Origin: null",
                    "Content-Encoding: gzip",
                    "Content-Type: application/json; charset=utf-99",
                    "Content-Type: application",
                    "Content-Type: ;",
                    "Content-Type: multipart/form-data",
                    "Content-Type: application/x-www-form-urlencoded",
                    "Date: x");

    private static final List<String> BODIES =
            List.of(
                    "",
                    "{",
                    "}",
                    "null",
                    "[]",
                    "[[[[",
                    "{}",
                    "0",
                    "\"",
                    "\"x\"",
                    "true",
                    "{\"\":0}",
                    "{\"type\":null}",
                    "[null]",
                    "[{}]",
                    "[{\"type\":\"START\"}]",
                    "\u0000",
                    "{\"a\":1e999}",
                    "{\"titleId\":\"\\ud83e\"}",
                    "\n\n\n",
                    "{}\n{}\n",
                    "\r",
                    "[1,2",
                    "/*x*/{}");

    private final Random random;
    private final Tokens tokens;
    private final List<OpenApi.Operation> operations;
    private final String someToken;

    Mutator(long seed, Tokens tokens) {
        random = new Random(seed);
        this.tokens = tokens;
        operations = OpenApi.operations();
        someToken = tokens.of("edge");
    }

    /** The next request, whole. */
    byte[] next() {
        var operation = one(operations);
        var method =
                rarely()
                        ? one(List.of("PATCH", "TRACE", "HEAD", "OPTIONS", "Q1", "get"))
                        : operation.method();
        // A space would end the path, and what follows would be no version of HTTP.
        var path = (path(operation.path()) + query(operation.parameters())).replace(" ", "%20");
        var body = body(operation.requestBody());
        var text = new StringBuilder();
        text.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
        credentials(text, operation);
        if (often())
            text.append("Content-Type: ").append(type(operation.requestBody())).append("\r\n");
        while (random.nextInt(3) == 0) text.append(one(HEADERS)).append("\r\n");
        text.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        var head = text.toString().getBytes(StandardCharsets.UTF_8);
        var request = new byte[head.length + body.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        return request;
    }

    /** Names a role, except where that would change how the server works for other tests. */
    private void credentials(StringBuilder text, OpenApi.Operation operation) {
        if (rarely()) {
            text.append(
                            one(
                                    List.of(
                                            "Authorization: Bearer x",
                                            "Authorization: ",
                                            "Authorization: Basic eDp5",
                                            "Authorization: Bearer " + someToken + "x",
                                            "authorization: bearer\t" + someToken)))
                    .append("\r\n");
            return;
        }
        var changesTheServer =
                !operation.method().equals("GET")
                        && (operation.path().startsWith("/v1/partition")
                                || operation.path().startsWith("/v1/policies"));
        var roles = changesTheServer ? List.of("edge", "reader") : List.copyOf(operation.roles());
        if (!roles.isEmpty()) {
            text.append("Authorization: Bearer ").append(tokens.of(one(roles))).append("\r\n");
        }
    }

    private String path(String template) {
        var path = template;
        while (path.contains("{")) {
            path =
                    path.replaceFirst(
                            "\\{[^}]*}",
                            often()
                                    ? one(
                                            List.of(
                                                    "a",
                                                    "b",
                                                    "phone",
                                                    "glow-s01e01",
                                                    "plan",
                                                    "event_2026_11"))
                                    : nasty().replace("\\", "\\\\").replace("{", "%7B"));
        }
        return rarely() ? path + one(List.of("/", "//", "/..", "?", "/x", ";", "%", " ")) : path;
    }

    private String query(List<JsonNode> parameters) {
        var query = new StringBuilder();
        for (var parameter : parameters) {
            if (parameter.get("in").stringValue().equals("query") && random.nextBoolean()) {
                append(query, parameter.get("name").stringValue());
            }
        }
        if (rarely()) append(query, "unknown");
        return query.toString();
    }

    private void append(StringBuilder query, String name) {
        query.append(query.isEmpty() ? '?' : '&').append(name);
        if (often())
            query.append('=')
                    .append(
                            random.nextBoolean()
                                    ? nasty()
                                    : one(
                                            List.of(
                                                    "1",
                                                    "a",
                                                    "HOT",
                                                    "ACTIVE",
                                                    "2026-11-01T00:00:00Z")));
    }

    private String nasty() {
        return rarely() ? "x".repeat(random.nextInt(2_000)) : one(NASTY);
    }

    private String type(JsonNode body) {
        var types = body.path("content").propertyNames();
        return rarely() || types.isEmpty()
                ? one(List.of("text/plain", "application/json", "application/x-ndjson"))
                : types.iterator().next();
    }

    private byte[] body(JsonNode body) {
        if (body.isMissingNode()) return rarely() ? bytes(one(BODIES)) : new byte[0];
        if (rarely()) return bytes(one(BODIES));
        var example = example(body.path("content"));
        return mutated(bytes(example));
    }

    private static String example(JsonNode content) {
        for (var media : content) {
            for (var example : media.path("examples")) {
                var value = OpenApi.resolved(example).path("value");
                return value.isString() ? value.stringValue() : value.toString();
            }
        }
        return "{}";
    }

    /** A body with some of its bytes changed, left out or repeated; often none. */
    private byte[] mutated(byte[] body) {
        var changed = body.clone();
        for (int i = random.nextInt(4); i > 1 && changed.length > 0; i--) {
            int place = random.nextInt(changed.length);
            switch (random.nextInt(4)) {
                case 0 -> changed[place] = (byte) random.nextInt(256);
                case 1 -> changed = Arrays.copyOf(changed, place);
                case 2 -> changed[place] = (byte) "{}[],:\"\\0".charAt(random.nextInt(9));
                default -> changed = replaced(changed);
            }
        }
        return changed;
    }

    /** The body with one of its texts replaced. */
    private byte[] replaced(byte[] body) {
        var text = new String(body, StandardCharsets.UTF_8);
        Supplier<String> value =
                () ->
                        one(
                                List.of(
                                        "\"\"",
                                        "null",
                                        "-1",
                                        "[]",
                                        "{}",
                                        "1.5",
                                        "\"" + "y".repeat(300) + "\"",
                                        "\"\\u0000\"",
                                        "\"\\ud83e\"",
                                        "\"1960-01-01T00:00:00Z\"",
                                        "\"9999-12-31T23:59:59Z\""));
        return bytes(
                text.replaceFirst(":\\s*\"[^\"]*\"", ":" + Matcher.quoteReplacement(value.get())));
    }

    private boolean rarely() {
        return random.nextInt(8) == 0;
    }

    private boolean often() {
        return random.nextInt(4) != 0;
    }

    private <T> T one(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
