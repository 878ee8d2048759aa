package dev.tally.faults;

import static org.awaitility.Awaitility.await;

import dev.tally.local.Installation;
import dev.tally.local.Liberty;
import dev.tally.local.Node;
import dev.tally.system.Client;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;

/** A node with a folder of its own for what it keeps while its database is away. */
final class FallbackNode implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Installation installation;
    private final Node node;
    private final Path folder;
    private Liberty server;
    private boolean runs;

    private FallbackNode(Installation installation, Node node, Path folder) throws IOException {
        this.installation = installation;
        this.node = node;
        this.folder = folder;
        this.server = installation.lay(node);
    }

    /** Starts a node; returns once it is ready. */
    static FallbackNode start(Installation installation, Node node, Path folder)
            throws IOException, InterruptedException {
        var kept = Map.of("TALLY_FALLBACK_FOLDER", folder.toAbsolutePath().toString());
        var started = new FallbackNode(installation, node.with(kept), folder);
        started.start();
        return started;
    }

    /** Starts it again, unless it runs; returns once it is ready. */
    void start() throws IOException, InterruptedException {
        if (runs) return;
        runs = true;
        server.start();
    }

    /** Stops it, and starts another version of the application in its place and folder. */
    void replaceBy(Path war) throws IOException, InterruptedException {
        close();
        server = installation.lay(node.running(war, node.migrations()));
        start();
    }

    void kill() {
        server.kill();
        runs = false;
    }

    @Override
    public void close() {
        server.close();
        runs = false;
    }

    Path folder() {
        return folder;
    }

    /** Everything that it has logged. */
    List<String> log() throws IOException {
        return Files.readAllLines(server.messages());
    }

    URI url() {
        return server.url();
    }

    Client as(String role) {
        return new Client(url(), installation.tokens()).as(role);
    }

    /** Who answers members at the moment: the store, promises or nothing. */
    String answersBy() {
        return answers().get("by").stringValue();
    }

    /** Number of promises that wait to be reconciled. */
    int waiting() {
        return answers().get("waitingPromises").intValue();
    }

    /** Waits until the node's copy of the catalogue has all that was written before. */
    void awaitCatalogueCopy() {
        // A second more, because the node tells whole seconds.
        var now = clock().plusSeconds(1);
        await().atMost(LIMIT)
                .until(
                        () -> {
                            var refreshed = answers().get("catalogueRefreshedAt");
                            return refreshed != null
                                    && Instant.parse(refreshed.stringValue()).isAfter(now);
                        });
    }

    /** The time that the node believes it is, in whole seconds. */
    Instant clock() {
        var date = new Client(url(), installation.tokens()).get("/health/live").header("Date");
        return Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date));
    }

    private JsonNode answers() {
        var health = new Client(url(), installation.tokens()).get("/health/ready").json();
        for (var check : health.get("checks")) {
            if (check.get("name").stringValue().equals("answers")) return check.get("data");
        }
        throw new AssertionError(health);
    }
}
