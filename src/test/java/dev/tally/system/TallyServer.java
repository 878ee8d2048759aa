package dev.tally.system;

import dev.tally.local.Database;
import dev.tally.local.Liberty;
import dev.tally.local.Relay;
import dev.tally.local.Tokens;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;

/**
 * The packaged application on a database of its own, started once for all tests of a run, as the
 * launcher starts it. Tests share it and its data: each uses customers of its own.
 */
public final class TallyServer {

    private static final Path HOME = Path.of("target/system");
    private static TallyServer running;

    private final Database database;
    private final Relay relay;
    private final Tokens tokens;
    private final Liberty liberty;

    private TallyServer() throws IOException {
        database = Database.forTests();
        relay = Relay.to(database);
        tokens = Tokens.in(HOME.resolve("keys"));
        var usr = Files.createDirectories(HOME.resolve("server"));
        Liberty.lay(usr);
        var environment =
                new HashMap<>(
                        Liberty.environment(
                                Database.freePort(),
                                Database.freePort(),
                                "localhost",
                                relay.port(),
                                tokens));
        environment.put("TALLY_LIVE_HEARTBEAT", "PT1S");
        liberty =
                Liberty.start(
                        usr,
                        environment,
                        ProcessBuilder.Redirect.to(HOME.resolve("console.log").toFile()));
    }

    /** The server, ready; started by the first who asks and stopped with this JVM. */
    public static synchronized TallyServer get() {
        if (running == null) running = start();
        return running;
    }

    private static TallyServer start() {
        try {
            var server = new TallyServer();
            Runtime.getRuntime().addShutdownHook(new Thread(server::stop, "stop"));
            server.liberty.awaitReady();
            return server;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One more node on the same database, ready; whoever starts it closes it. */
    Liberty startAnotherNode() throws IOException, InterruptedException {
        var usr = Files.createDirectories(HOME.resolve("another-server"));
        Liberty.lay(usr);
        var node =
                Liberty.start(
                        usr,
                        Liberty.environment(
                                Database.freePort(),
                                Database.freePort(),
                                database.host(),
                                database.port(),
                                tokens),
                        ProcessBuilder.Redirect.to(HOME.resolve("another.log").toFile()));
        node.awaitReady();
        return node;
    }

    /** A caller without a token; {@link Client#as} gives it one. */
    public Client client() {
        return new Client(liberty.url(), tokens);
    }

    /** Where it answers. */
    public URI url() {
        return liberty.url();
    }

    public Client as(String role) {
        return client().as(role);
    }

    public Database database() {
        return database;
    }

    /** What lies between the server and {@link #database()}. */
    public Relay relay() {
        return relay;
    }

    public Tokens tokens() {
        return tokens;
    }

    private void stop() {
        try (database;
                relay) {
            liberty.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
