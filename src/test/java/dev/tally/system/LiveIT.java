package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.architecture.OpenApi;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A listening player is told at once that another caller has ended its session. */
class LiveIT {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final TallyServer server = TallyServer.get();
    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();

    @Test
    void it_hears_that_its_license_was_revoked_its_device_deactivated_its_session_displaced()
            throws Exception {
        var revoked = stream("tv", "s1");
        var heard = listen(server.url(), "s1", null);
        anna.operator().post(anna.path("/licenses/" + revoked + "/revocation"));
        assertThat(ended(heard).get("stopCause").stringValue()).isEqualTo("LICENSE_REVOKED");

        anna.acquire(title, "phone", "premium");
        stream("phone", "s2");
        heard = listen(server.url(), "s2", null);
        anna.edge().delete(anna.path("/devices/phone"));
        assertThat(ended(heard).get("stopCause").stringValue()).isEqualTo("DEVICE_DEACTIVATED");

        var license = stream("tablet", "s3");
        heard = listen(server.url(), "s3", null);
        start(license, "s4");
        assertThat(ended(heard).get("stopCause").stringValue()).isEqualTo("DISPLACED");
    }

    @Test
    void it_hears_of_what_another_node_did() throws Exception {
        var license = stream("tv", "s1");
        var heard = listen(server.newerNode().url(), "s1", null);
        anna.operator().post(anna.path("/licenses/" + license + "/revocation"));

        assertThat(ended(heard).get("sessionId").stringValue()).isEqualTo("s1");
    }

    @Test
    void who_was_away_hears_it_when_they_come_back_and_only_once() throws Exception {
        var license = stream("tv", "s1");
        anna.operator().post(anna.path("/licenses/" + license + "/revocation"));

        var heard = listen(server.url(), "s1", null).get();

        assertThat(heard).contains("event: ended", "id: s1 ended");
        var again =
                anna.edge().with("Last-Event-ID", "s1 ended").get(anna.path("/sessions/s1/stream"));
        assertThat(again.status()).isEqualTo(204);
    }

    @Test
    void a_thousand_players_that_vanish_leave_nothing_behind() throws Exception {
        stream("tv", "s1");
        var sockets = new ArrayList<Socket>();
        for (int player = 0; player < 1_000; player++) {
            sockets.add(open("s1"));
        }
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(listening()).isGreaterThanOrEqualTo(1_000));

        for (var socket : sockets) socket.close();

        await().atMost(LIMIT).until(() -> listening() == 0);
    }

    private String stream(String device, String session) {
        var license =
                anna.edge()
                        .post(
                                anna.path("/licenses"),
                                Customer.request(title, device, "premium")
                                        .replace("DOWNLOAD", "STREAMING"))
                        .json()
                        .get("licenseId")
                        .stringValue();
        start(license, session);
        return license;
    }

    private void start(String license, String session) {
        var started =
                anna.edge()
                        .post(
                                anna.path("/sessions"),
                                "{\"licenseId\":\"%s\",\"sessionId\":\"%s\"}"
                                        .formatted(license, session));
        assertThat(started.status()).isEqualTo(201);
    }

    /** Returns when the channel is open; the future has all lines when it is closed. */
    private CompletableFuture<List<String>> listen(URI node, String session, String lastEventId)
            throws Exception {
        var request =
                HttpRequest.newBuilder(node.resolve(anna.path("/sessions/" + session + "/stream")))
                        .header("Authorization", "Bearer " + server.tokens().of("edge"));
        if (lastEventId != null) request.header("Last-Event-ID", lastEventId);
        var http = HttpClient.newHttpClient();
        var response = http.send(request.build(), BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.headers().firstValue("X-Accel-Buffering")).contains("no");
        return CompletableFuture.supplyAsync(() -> response.body().toList());
    }

    private static JsonNode ended(CompletableFuture<List<String>> heard) throws Exception {
        var data = heard.get().stream().filter(line -> line.startsWith("data: ")).findFirst();
        var session = JsonMapper.shared().readTree(data.orElseThrow().substring("data: ".length()));
        assertThat(OpenApi.errors("Session", session)).isEmpty();
        assertThat(OpenApi.timesOfOtherForm(session.toString())).isEmpty();
        return session;
    }

    private Socket open(String session) throws IOException {
        var socket = new Socket("localhost", server.url().getPort());
        var request =
                "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
                        .formatted(
                                anna.path("/sessions/" + session + "/stream"),
                                server.tokens().of("edge"));
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private double listening() {
        return server.metric("tally_live_players");
    }
}
