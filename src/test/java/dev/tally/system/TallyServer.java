package dev.tally.system;

import static org.awaitility.Awaitility.await;

import dev.tally.local.Database;
import dev.tally.local.Installation;
import dev.tally.local.Liberty;
import dev.tally.local.Node;
import dev.tally.local.Relay;
import dev.tally.local.TestFolder;
import dev.tally.local.Tokens;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The packaged application on a database of its own, started as the launcher starts it, and once
 * for all tests of a run. Tests share the server and its data, and each uses customers of its own.
 */
public final class TallyServer {

    /**
     * The home folder of the servers. The build also unpacks a feature for Arquillian there: see
     * pom.xml.
     */
    private static final Path HOME = Path.of("target/system");

    private static TallyServer running;

    private final Installation installation;
    private final Relay relay;
    private final Liberty liberty;
    private final Collector collector = new Collector();
    private Liberty newer;

    private TallyServer(Installation installation) throws IOException, InterruptedException {
        this.installation = installation;
        relay = installation.relay();
        liberty =
                installation.start(
                        Node.named("tally")
                                .through(relay)
                                .with(Map.of("TALLY_LIVE_HEARTBEAT", "PT1S"))
                                .patient());
    }

    /** The ready server. The first call starts it, and it stops with this JVM. */
    public static synchronized TallyServer get() {
        if (running == null) running = start();
        return running;
    }

    private static TallyServer start() {
        try {
            var installation = Installation.forTests(HOME);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(installation), "stop"));
            return new TallyServer(installation);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A second node on the same database, which runs a later version of the application, with
     * telemetry on. The first call starts it, and it stops with this JVM.
     */
    synchronized Liberty newerNode() throws IOException, InterruptedException {
        if (newer == null) {
            var node = Node.named("newer").patient().with(collector.variables());
            newer = installation.start(node.running(NewerWar.in(HOME), node.migrations()));
        }
        return newer;
    }

    /** The collector that the second node exports its telemetry to. */
    Collector collector() {
        return collector;
    }

    /** The same caller as {@link #client}, but on the second node. */
    Client newerClient() throws IOException, InterruptedException {
        return new Client(newerNode().url(), tokens());
    }

    /** A caller without a token; {@link Client#as} gives it one. */
    public Client client() {
        return new Client(url(), tokens());
    }

    /** The server's URL. */
    public URI url() {
        return liberty.url();
    }

    /** The server's URL over TLS. */
    URI secureUrl() {
        return liberty.secureUrl();
    }

    /** File into which the server logs. */
    Path log() {
        return liberty.messages();
    }

    public Client as(String role) {
        return client().as(role);
    }

    Installation installation() {
        return installation;
    }

    public Database database() {
        return installation.database();
    }

    /** The relay between the server and {@link #database()}. */
    public Relay relay() {
        return relay;
    }

    /** Lets the server reach its database again, and waits until it has noticed. */
    public void restoreDatabase() {
        relay.restore();
        await().until(() -> health("store").get("state").stringValue().equals("ANSWERS"));
    }

    /** Waits until the server's copy of the catalogue has all that was written before. */
    void awaitCatalogueCopy() {
        var now = Instant.now();
        await().until(
                        () -> {
                            var refreshed = health("answers").get("catalogueRefreshedAt");
                            return refreshed != null
                                    && Instant.parse(refreshed.stringValue()).isAfter(now);
                        });
    }

    /** Data of one health check of readiness. */
    JsonNode health(String name) {
        var health = client().get("/health/ready").json();
        for (var check : health.get("checks")) {
            if (check.get("name").stringValue().equals(name)) return check.get("data");
        }
        throw new AssertionError(health);
    }

    /** Value of the metric's series that have these labels, added up; 0 if there is none yet. */
    double metric(String name, String... labels) {
        return client().get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + "{"))
                .filter(
                        line ->
                                Stream.of(labels)
                                        .allMatch(label -> line.contains("\"" + label + "\"")))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    public Tokens tokens() {
        return installation.tokens();
    }

    /** The servers' folders are kept only for finding out why a test has failed. */
    private static void stop(Installation installation) {
        try {
            installation.close();
            if (!TestFolder.anyFailed()) TestFolder.delete(HOME.resolve("server/servers"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
