package dev.tally.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Tests see an engine that answers and cannot pull. The engine's API is answered here, since no
 * real engine can be told to be offline. Each test asks in a JVM of its own, because Testcontainers
 * remembers the engine.
 */
class ContainerImageTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final CountDownLatch end = new CountDownLatch(1);
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private ExecutorService threads;
    private HttpServer engine;
    private boolean silent;

    @BeforeEach
    void start() throws IOException {
        engine = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        threads = Executors.newCachedThreadPool();
        engine.setExecutor(threads);
        engine.createContext("/", this::answer);
        engine.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        engine.stop(0);
        threads.shutdownNow();
    }

    @Test
    void an_engine_that_cannot_pull_is_given_up_with_one_line() throws Exception {
        var output = ask();

        assertThat(output)
                .containsExactly(
                        "INFO dev.tally.local.ContainerImage: A container engine answers, but"
                            + " cannot pull or start registry.invalid/pg:18: tests run on embedded"
                            + " PostgreSQL (-Dtally.test.postgres.image names another image)",
                        "embedded");
        assertThat(asked).isNotEmpty();
    }

    @Test
    void an_engine_whose_pull_does_not_move_is_given_up() throws Exception {
        silent = true;
        assertThat(ask()).hasSize(2).contains("embedded");
    }

    /** The lines that another JVM prints which uses this engine. */
    private List<String> ask() throws IOException, InterruptedException {
        var builder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-Djava.util.logging.config.file=src/test/resources/logging.properties",
                                "-D" + ContainerImage.PROPERTY + "=registry.invalid/pg:18",
                                "--enable-native-access=ALL-UNNAMED",
                                "-classpath",
                                System.getProperty("java.class.path"),
                                Asking.class.getName())
                        .redirectErrorStream(true);
        builder.environment()
                .put("DOCKER_HOST", "tcp://127.0.0.1:" + engine.getAddress().getPort());
        var process = builder.start();
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    private void answer(HttpExchange exchange) throws IOException {
        var path = exchange.getRequestURI().getPath();
        asked.add(path);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        if (path.endsWith("/_ping")) {
            send(exchange, 200, "OK");
        } else if (path.endsWith("/version")) {
            send(exchange, 200, "{\"ApiVersion\":\"1.44\",\"MinAPIVersion\":\"1.24\"}");
        } else if (path.endsWith("/info")) {
            send(exchange, 200, "{\"OSType\":\"linux\",\"MemTotal\":1000000000}");
        } else if (path.endsWith("/images/create")) {
            if (silent) awaitEnd();
            send(exchange, 500, "{\"message\":\"no such host\"}");
        } else {
            send(exchange, 404, "{\"message\":\"none here\"}");
        }
    }

    private void awaitEnd() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (var stream = exchange.getResponseBody()) {
            stream.write(bytes);
        }
    }

    /** Asks twice, and says what the database would be. */
    static final class Asking {

        private Asking() {}

        public static void main(String[] arguments) {
            var first = ContainerImage.start(Duration.ofSeconds(8));
            var second = ContainerImage.start();
            System.out.println(first.or(() -> second).isPresent() ? "container" : "embedded");
            System.exit(0);
        }
    }
}
