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
import java.util.List;
import java.util.Map;

/** A node with a folder of its own for what it keeps while its database is away. */
final class FallbackNode implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Installation installation;
    private final Path folder;
    private final Liberty server;
    private boolean runs;

    private FallbackNode(Installation installation, Path folder, Liberty server) {
        this.installation = installation;
        this.folder = folder;
        this.server = server;
    }

    /** Starts a node; returns once it is ready. */
    static FallbackNode start(Installation installation, Node node, Path folder)
            throws IOException, InterruptedException {
        var kept = Map.of("TALLY_FALLBACK_FOLDER", folder.toAbsolutePath().toString());
        var started = new FallbackNode(installation, folder, installation.lay(node.with(kept)));
        started.start();
        return started;
    }

    /** Starts it again, unless it runs; returns once it is ready. */
    void start() throws IOException, InterruptedException {
        if (runs) return;
        runs = true;
        server.start();
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
        var now = Instant.now();
        await().atMost(LIMIT)
                .until(
                        () -> {
                            var refreshed = answers().get("catalogueRefreshedAt");
                            return refreshed != null
                                    && Instant.parse(refreshed.stringValue()).isAfter(now);
                        });
    }

    private JsonNode answers() {
        var health = new Client(url(), installation.tokens()).get("/health/ready").json();
        for (var check : health.get("checks")) {
            if (check.get("name").stringValue().equals("answers")) return check.get("data");
        }
        throw new AssertionError(health);
    }
}
