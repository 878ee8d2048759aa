package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.local.Database;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What a stranger can send costs the server nothing that lasts, and tells the stranger little. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HardeningIT {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    /** A script in a page, as opposed to one that the page refers to. */
    private static final Pattern INLINE_SCRIPT =
            Pattern.compile("<script(?![^>]*\\bsrc=)[^>]*>(.+?)</script>", Pattern.DOTALL);

    private static final List<CompletableFuture<String>> TRICKLING = new ArrayList<>();
    private static CompletableFuture<String> stopping;

    private final TallyServer server = TallyServer.get();
    private final Customer anna = new Customer();

    /** Bodies begin to trickle in while the other tests run, because that takes its time. */
    @BeforeAll
    static void begin() {
        stopping = soon(HardeningIT::linesThatStop);
        var server = TallyServer.get();
        for (var url : List.of(server.url(), server.secureUrl())) {
            for (var body :
                    List.of(
                            new Trickle(url, "Content-Length: 300", " "),
                            new Trickle(url, "Content-Length: 60000", " ".repeat(100)),
                            new Trickle(url, "Content-Length: 300", ""),
                            new Trickle(url, "Transfer-Encoding: chunked", "1\r\n \r\n"))) {
                TRICKLING.add(soon(body::answer));
            }
        }
    }

    private static CompletableFuture<String> soon(Supplier<String> work) {
        return CompletableFuture.supplyAsync(work, task -> Thread.ofVirtual().start(task));
    }

    /** The answer to a bulk request of which nothing comes after the first line. */
    private static String linesThatStop() {
        var server = TallyServer.get();
        var line = "{\"customerId\":\"trickle\",\"sessionId\":\"s\",\"type\":\"STOP\"}\n";
        try (var socket = new Socket(server.url().getHost(), server.url().getPort())) {
            var sent =
                    text(
                                    "POST",
                                    "/v1/sessions/events",
                                    credentials("edge")
                                            + "Content-Type: application/x-ndjson\r\n"
                                            + "Connection: close\r\nTransfer-Encoding: chunked\r\n")
                            + Integer.toHexString(line.length())
                            + "\r\n"
                            + line
                            + "\r\n";
            socket.getOutputStream().write(sent.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A body of which a piece comes each half second. */
    private record Trickle(URI url, String length, String piece) {

        /** The first line of the answer, with the whole seconds after which it came. */
        private String answer() {
            var began = Instant.now();
            try (var socket = Sockets.open(url)) {
                socket.setSoTimeout(500);
                var head =
                        text(
                                "POST",
                                "/v1/customers/trickle/licenses",
                                credentials("edge")
                                        + "Content-Type: application/json\r\n"
                                        + length
                                        + "\r\n");
                socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
                while (true) {
                    socket.getOutputStream().write(piece.getBytes(StandardCharsets.UTF_8));
                    try {
                        var line = new byte[12];
                        socket.getInputStream().readNBytes(line, 0, line.length);
                        return new String(line, StandardCharsets.UTF_8)
                                + " after "
                                + Duration.between(began, Instant.now()).toSeconds()
                                + " s";
                    } catch (SocketTimeoutException e) {
                        // Not answered yet, so the next piece follows.
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void lines_before_a_body_stops_are_answered() {
        assertThat(stopping.orTimeout(30, TimeUnit.SECONDS).join())
                .contains("{\"line\":1,\"result\":\"RECORDED\"}")
                .contains("{\"line\":2,\"result\":\"REFUSED\"")
                .contains(":request-timeout");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void bodies_that_trickle_in_or_stop_are_let_go_after_ten_seconds() {
        for (var body : TRICKLING) {
            assertThat(body.orTimeout(30, TimeUnit.SECONDS).join())
                    // The container looks for what is due each second or so. Left to itself, it
                    // waits for a minute, and over TLS for ever.
                    .matches("HTTP/1.1 408 after (9|[12]\\d) s");
        }
    }

    @Test
    void bodies_over_tls_are_read_whole_one_after_the_other() throws IOException {
        var json = credentials("edge") + "Content-Type: application/json\r\n";
        try (var client = new RawClient(server.secureUrl())) {
            for (int i = 0; i < 3; i++) {
                var request = Customer.request(Customer.newTitle(), "phone", "basic");
                var acquired = client.send(post(anna.path("/licenses"), json, request));
                assertThat(acquired.status()).isEqualTo(201);
                assertThat(acquired.headers()).containsKey("strict-transport-security");
            }
            var padded =
                    Customer.request(Customer.newTitle(), "phone", "basic") + " ".repeat(60_000);
            assertThat(client.send(post(anna.path("/licenses"), json, padded)).status())
                    .isEqualTo(201);
            assertThat(client.connections()).isEqualTo(1);
        }
    }

    @Test
    void lines_over_tls_are_read_as_they_come() throws IOException {
        var ndjson =
                credentials("edge") + "Content-Type: application/x-ndjson\r\nConnection: close\r\n";
        var lines =
                "{\"customerId\":\"tls\",\"sessionId\":\"s\",\"type\":\"STOP\"}\n".repeat(5_000);
        try (var client = new RawClient(server.secureUrl())) {
            var answer = client.send(post("/v1/sessions/events", ndjson, lines));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body().lines()).hasSize(5_000);
        }
    }

    @ParameterizedTest
    @CsvSource({"300, 401", "70000, 413"})
    void a_body_over_tls_that_nobody_wants_is_not_waited_for(int length, int status)
            throws IOException {
        var headers =
                (status == 401 ? "" : credentials("edge"))
                        + "Content-Type: application/json\r\nContent-Length: "
                        + length
                        + "\r\n";
        try (var client = new RawClient(server.secureUrl())) {
            assertThat(client.send(request("POST", anna.path("/licenses"), headers)).status())
                    .isEqualTo(status);
        }
    }

    private static byte[] post(String path, String headers, String body) {
        var octets = body.getBytes(StandardCharsets.UTF_8);
        return (text("POST", path, headers + "Content-Length: " + octets.length + "\r\n") + body)
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void what_a_caller_invents_is_no_series_of_metrics() throws IOException {
        send("GET", "/v1/titles", "");
        var before = series();
        try (var client = new RawClient(server.url())) {
            for (int i = 0; i < 300; i++) {
                client.send(request("Q" + i, "/health/live", ""));
                client.send(request("Q" + i, "/v1/titles", ""));
                client.send(request("GET", "/v1/x" + i, ""));
                client.send(request("GET", "/health/x" + i, ""));
                client.send(request("GET", "/v1/customers/c" + i + "/quotas", ""));
                client.send(request("GET", "/v1/titles", "Host: h" + i + ".example\r\n"));
                client.send(request("GET", "/v1/titles", "Accept: a" + i + "/b\r\n"));
            }
        }
        // The operations that were called now are the only ones that may be new.
        assertThat(series()).hasSizeLessThanOrEqualTo(before.size() + 2);
    }

    /** The series of metrics, without their values. */
    private List<String> series() {
        return server.client()
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.replaceFirst("} .*", "}"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/titles",
                "/v1/nothing",
                "/v1/%",
                "/openapi",
                "/openapi/ui/",
                "/ui/",
                "/health/ready",
                "/metrics",
                "/.well-known/jwks.json"
            })
    void every_answer_is_guarded_against_browsers(String path) throws IOException {
        var headers = send("GET", path, "Origin: https://evil.example\r\n").headers();

        assertThat(headers)
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("x-frame-options", "DENY")
                .containsKeys("content-security-policy", "cache-control")
                .doesNotContainKeys(
                        "access-control-allow-origin",
                        "access-control-allow-credentials",
                        "set-cookie",
                        "server",
                        "x-powered-by");
    }

    @Test
    void the_page_of_the_api_runs_its_own_scripts_only() throws Exception {
        var page = server.client().get("/openapi/ui/");
        // The container sends a looser one as well; browsers keep to both.
        var policy =
                page.headers().allValues("Content-Security-Policy").stream()
                        .filter(one -> one.contains("frame-ancestors 'none'"))
                        .findFirst()
                        .orElseThrow();
        var inline = INLINE_SCRIPT.matcher(page.body()).results().map(m -> m.group(1)).toList();
        assertThat(inline).isNotEmpty();
        for (var script : inline) {
            var digest = MessageDigest.getInstance("SHA-256");
            var hash = digest.digest(script.getBytes(StandardCharsets.UTF_8));
            var allowed = "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
            assertThat(policy).as("the hash in server.xml").contains(allowed);
        }
        assertThat(policy).doesNotContain("script-src 'unsafe-inline'");
    }

    @Test
    void what_is_about_a_customer_is_kept_by_no_cache() {
        assertThat(anna.reader().get(anna.path("/licenses")).header("Cache-Control"))
                .isEqualTo("no-store");
        assertThat(anna.reader().get(anna.path("/events")).header("Cache-Control"))
                .isEqualTo("no-store");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/jwt", "/jwt/ibm/api/x/jwk", "/api/explorer", "/IBMJMXConnectorREST"})
    void the_container_offers_nothing_of_its_own(String path) throws IOException {
        assertThat(send("GET", path, "").status()).isEqualTo(404);
    }

    @Test
    void every_answer_names_its_request() throws IOException {
        var traced =
                send("GET", "/v1/nothing", "traceparent: 00-" + TRACE + "-00f067aa0ba902b7-01\r\n");
        assertThat(traced.headers()).containsEntry("x-request-id", TRACE);
        assertThat(traced.body()).contains("\"instance\":\"urn:tally:request:" + TRACE + "\"");

        var first = send("GET", "/v1/nothing", "").headers().get("x-request-id");
        var second = send("GET", "/openapi", "").headers().get("x-request-id");
        assertThat(first).matches("[0-9a-f]{32}").isNotEqualTo(second);
    }

    @Test
    void the_log_names_a_refused_request_and_nothing_that_was_sent() throws IOException {
        var trace = "%032x".formatted(System.nanoTime());
        var caller = anna.edge().with("traceparent", "00-" + trace + "-00f067aa0ba902b7-01");

        // A storm of refusals is cut short, and other tests are refused too.
        await().untilAsserted(
                        () -> {
                            caller.post(anna.path("/licenses"), "{\"titleId\":\"secret-title\"}");
                            assertThat(Files.readAllLines(server.log()))
                                    .anyMatch(
                                            line ->
                                                    line.contains(trace)
                                                            && line.contains(
                                                                    "LicensesResource.acquire")
                                                            && line.contains(anna.id)
                                                            && line.contains("invalid-request"));
                        });
        assertThat(Files.readAllLines(server.log()))
                .noneMatch(line -> line.contains("secret-title"));
    }

    @Test
    void an_address_is_made_of_no_host_that_a_caller_names() throws IOException {
        var title = Customer.newTitle();
        var body = Customer.request(title, "phone", "basic");
        var answer =
                send(
                        "POST",
                        anna.path("/licenses"),
                        "Host: evil.example\r\nX-Forwarded-Host: evil.example\r\n"
                                + "Authorization: Bearer "
                                + server.tokens().of("edge")
                                + "\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length()
                                + "\r\n",
                        body);

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.headers().get("location")).startsWith(anna.path("/licenses/"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /v1/titles?x=% |",
                "GET /v1/< |",
                "GET /v1/titles/%ff |",
                "GET /v1/titles | Accept: application/json;q=abc",
                "GET /v1/titles | Accept: /",
                "GET /v1/titles | Accept-Language: -",
                "GET /v1/titles | If-None-Match: \"",
                "POST /v1/titles | Content-Type: ;"
            })
    void what_cannot_be_read_is_the_callers_error(String line, String header) throws IOException {
        var answer =
                send(
                        line.substring(0, line.indexOf(' ')),
                        line.substring(line.indexOf(' ') + 1),
                        "Authorization: Bearer "
                                + server.tokens().of("operator")
                                + "\r\n"
                                + (header == null ? "" : header + "\r\n"));

        assertThat(answer.status()).isBetween(200, 499);
        if (answer.status() >= 400) {
            assertThat(answer.headers()).containsEntry("content-type", "application/problem+json");
        }
    }

    @Test
    void callers_that_stop_in_the_middle_of_a_body_keep_nobody_waiting() throws IOException {
        var stuck = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 20; i++) {
                var socket = new Socket(server.url().getHost(), server.url().getPort());
                stuck.add(socket);
                socket.getOutputStream()
                        .write(
                                request(
                                        "POST",
                                        anna.path("/licenses"),
                                        "Authorization: Bearer "
                                                + server.tokens().of("edge")
                                                + "\r\nContent-Type: application/json\r\n"
                                                + "Content-Length: 1000\r\n"));
                socket.getOutputStream().write('{');
                socket.getOutputStream().flush();
            }
            var began = Instant.now();
            assertThat(server.client().get("/health/live").status()).isEqualTo(200);
            assertThat(anna.reader().get(anna.path("/licenses")).status()).isEqualTo(200);
            assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(5));
        } finally {
            for (var socket : stuck) socket.close();
        }
    }

    @Test
    void callers_that_go_away_are_no_error() throws IOException {
        var before = Files.size(server.log());
        var acquire =
                text(
                        "POST",
                        anna.path("/licenses"),
                        credentials("edge")
                                + "Content-Type: application/json\r\nContent-Length: 1000\r\n");
        for (int i = 0; i < 30; i++) {
            goAwayAfter(text("GET", "/v1/titles?limit=200", credentials("reader")));
            goAwayAfter(acquire + "{\"titleId\":");
            goAwayAfter(text("GET", anna.path("/sessions/s/stream"), credentials("edge")));
            goAwayAfter("GET /v1/titles HT");
        }
        assertThat(anna.reader().get(anna.path("/licenses")).status()).isEqualTo(200);
        assertThat(tracesAfter(before)).isEmpty();
    }

    private static String credentials(String role) {
        return "Authorization: Bearer " + TallyServer.get().tokens().of(role) + "\r\n";
    }

    /** Sends a request, or the beginning of one, and resets the connection. */
    private void goAwayAfter(String sent) throws IOException {
        try (var socket = new Socket(server.url().getHost(), server.url().getPort())) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream().write(sent.getBytes(StandardCharsets.UTF_8));
        }
    }

    private List<String> tracesAfter(long before) throws IOException {
        return FuzzIT.tracesAfter(before, server.log());
    }

    @Test
    void a_customer_whose_head_is_locked_keeps_no_other_waiting() throws Exception {
        var title = Customer.newTitle();
        anna.acquire(title, "phone", "premium");
        try (var dba = server.database().connect(Database.Role.POSTGRES);
                var threads = Executors.newFixedThreadPool(10)) {
            dba.setAutoCommit(false);
            try (var lock =
                    dba.prepareStatement(
                            "select from tally.customer where customer_id = ? for update")) {
                lock.setString(1, anna.id);
                lock.executeQuery();
            }
            var stuck =
                    IntStream.range(0, 10)
                            .mapToObj(
                                    i ->
                                            threads.submit(
                                                    () -> anna.acquire(title, "d" + i, "premium")))
                            .toList();

            var began = Instant.now();
            assertThat(new Customer().acquire(title, "phone", "basic").status()).isEqualTo(201);
            assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(2));

            dba.rollback();
            for (var answer : stuck) assertThat(answer.get().status()).isIn(201, 409, 503);
        }
    }

    @Test
    void a_bulk_upload_whose_sender_does_not_read_meanwhile_is_answered_whole() throws IOException {
        int lines = 60_000;
        var body =
                IntStream.range(0, lines)
                        .mapToObj(i -> "{\"customerId\":\"x\",\"nothing\":%d}".formatted(i))
                        .collect(Collectors.joining("\n", "", "\n"));
        var answer =
                send(
                        "POST",
                        "/v1/sessions/events",
                        "Authorization: Bearer "
                                + server.tokens().of("edge")
                                + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: "
                                + body.length()
                                + "\r\n",
                        body);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().lines().count()).isEqualTo(lines);
    }

    @Test
    void a_players_token_is_good_for_its_customer_alone() {
        var title = Customer.newTitle();
        var player = server.client().withToken(server.tokens().ofPlayer(anna.id));
        var request = Customer.request(title, "phone", "basic");

        assertThat(player.post(anna.path("/licenses"), request).status()).isEqualTo(201);
        assertThat(player.get(anna.path("/licenses")).status()).isEqualTo(200);
        var other = new Customer();
        assertThat(player.get(other.path("/licenses")).problem()).isEqualTo("forbidden");
        assertThat(player.post(other.path("/licenses"), request).problem()).isEqualTo("forbidden");
        assertThat(player.get("/v1/titles").problem()).isEqualTo("forbidden");

        // Of a player only the role is kept with what was done.
        assertThat(anna.callers()).containsOnly("edge");
    }

    @Test
    void a_token_that_is_not_valid_is_told_why() {
        var expired =
                server.client()
                        .withToken(server.tokens().of("edge", Duration.ofHours(-1)))
                        .get(anna.path("/licenses"));
        assertThat(expired.problem()).isEqualTo("unauthenticated");
        assertThat(expired.body()).contains("The token expired at ");
        assertThat(expired.header("WWW-Authenticate"))
                .contains("error=\"invalid_token\"")
                .contains("error_description=\"The token expired at ");

        var lower = server.client().with("Authorization", "bearer " + server.tokens().of("edge"));
        assertThat(lower.get(anna.path("/licenses")).status()).isEqualTo(200);
        var basic = server.client().with("Authorization", "Basic eDp5");
        assertThat(basic.get(anna.path("/licenses")).header("WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"tally\"");
    }

    @Test
    void probes_are_files_too() {
        var probes = server.log().getParent().resolveSibling("health");

        assertThat(probes.resolve("live")).exists();
        assertThat(probes.resolve("ready")).exists();
        assertThat(probes.resolve("started")).exists();
    }

    private RawClient.Answer send(String method, String path, String headers) throws IOException {
        return send(method, path, headers, "");
    }

    private RawClient.Answer send(String method, String path, String headers, String body)
            throws IOException {
        try (var client = new RawClient(server.url())) {
            return client.send(
                    (text(method, path, headers) + body).getBytes(StandardCharsets.UTF_8));
        }
    }

    private static byte[] request(String method, String path, String headers) {
        return text(method, path, headers).getBytes(StandardCharsets.UTF_8);
    }

    private static String text(String method, String path, String headers) {
        var host = headers.contains("Host:") ? "" : "Host: localhost\r\n";
        return method + " " + path + " HTTP/1.1\r\n" + host + headers + "\r\n";
    }
}
