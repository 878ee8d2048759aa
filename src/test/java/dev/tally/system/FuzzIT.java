package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * No request, however malformed, makes the server fail, hang or reset a connection, and none puts a
 * stack trace into the log. The requests are made from the OpenAPI document with a seed, so that a
 * failure can be repeated. The long tests send a hundred times as many.
 */
class FuzzIT {

    private static final boolean LONG = "full".equals(System.getProperty("tally.faults"));
    private static final int REQUESTS = LONG ? 100_000 : 1_000;
    private static final long SEED = LONG ? 2 : 1;

    private final TallyServer server = TallyServer.get();

    @Test
    void no_request_makes_the_server_fail() throws IOException {
        var requests = new Mutator(SEED, server.tokens());
        var log = server.log();
        var before = Files.size(log);
        try (var client = new RawClient(server.url())) {
            for (int number = 1; number <= REQUESTS; number++) {
                var request = requests.next();
                var what = "request %d: %s".formatted(number, text(request));
                assertAnswered(client, request, what);
            }
        }
        assertThat(tracesAfter(before, log)).isEmpty();
        assertThat(server.client().get("/health/live").status()).isEqualTo(200);
    }

    private static void assertAnswered(RawClient client, byte[] request, String what) {
        try {
            var answer = client.send(request);
            assertThat(answer.status()).as(what).isBetween(200, 499);
            if (answer.status() >= 400 && !answer.body().isEmpty()) assertProblem(answer, what);
            // The live channel goes on for ever.
            if (answer.headers().getOrDefault("content-type", "").startsWith("text/event-stream")) {
                client.close();
            }
        } catch (IOException e) {
            throw new AssertionError("Not answered: " + what, e);
        }
    }

    /** The container refuses some paths before the application sees them, in its own words. */
    private static void assertProblem(RawClient.Answer answer, String what) {
        var type = answer.headers().get("content-type");
        var isContainers = !answer.headers().containsKey("x-request-id");
        if (answer.status() == 400 && isContainers) return;
        assertThat(type).as("%s %s", what, answer).isEqualTo("application/problem+json");
    }

    /** Lines of stack traces in a log, after its first bytes; at most 20. */
    static List<String> tracesAfter(long before, Path log) throws IOException {
        try (var written = Files.newInputStream(log)) {
            written.skipNBytes(before);
            return new String(written.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("\tat "))
                    .limit(20)
                    .toList();
        }
    }

    private static String text(byte[] request) {
        var text = new String(request, StandardCharsets.ISO_8859_1);
        return text.replaceAll("Bearer [A-Za-z0-9_-]{20,}\\.[^\\r]*", "Bearer …")
                .replace("\r\n", "⏎");
    }
}
