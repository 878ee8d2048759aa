package dev.tally.faults;

import dev.tally.faults.Plan.Victim;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Liberty;
import dev.tally.local.Tokens;
import dev.tally.system.Client;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** A server and its database, killed as by a loss of power and started again. */
final class Machine implements AutoCloseable {

    private final Path home;
    private final Tokens tokens;
    private final Map<String, String> environment = new HashMap<>();
    private volatile Database database;
    private Liberty server;

    /**
     * With a migrated database; the server is not started yet.
     *
     * @param settings of its environment, beside what it needs anyway
     */
    Machine(Path home, Map<String, String> settings) throws IOException {
        this.home = Files.createDirectories(home);
        tokens = Tokens.in(home.resolve("keys"));
        database = Database.embedded(home, 0).migrated();
        environment.putAll(
                Liberty.environment(
                        Database.freePort(),
                        Database.freePort(),
                        database.host(),
                        database.port(),
                        tokens));
        environment.putAll(settings);
    }

    void start() throws IOException, InterruptedException {
        var usr = Files.createDirectories(home.resolve("server"));
        if (server == null) Liberty.lay(usr);
        server =
                Liberty.start(
                        usr,
                        environment,
                        ProcessBuilder.Redirect.appendTo(home.resolve("console.log").toFile()));
        server.awaitReady();
    }

    Database database() {
        return database;
    }

    URI url() {
        return server.url();
    }

    String token(String role) {
        return tokens.of(role);
    }

    Client as(String role) {
        return new Client(server.url(), tokens).as(role);
    }

    void kill(Victim victim) throws IOException, InterruptedException, SQLException {
        switch (victim) {
            case SERVER -> {
                server.kill();
                // Or it would have done with some phases before anybody looks.
                pauseJob(true);
                start();
            }
            case DATABASE -> {
                killDatabase();
                database = Database.embedded(home, database.port());
            }
        }
    }

    void pauseJob(boolean paused) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute("update tally.partition_job set paused = " + paused);
        }
    }

    private void killDatabase() throws SQLException {
        var postmaster = postmaster();
        var processes = Stream.concat(Stream.of(postmaster), postmaster.children()).toList();
        processes.forEach(ProcessHandle::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
        database.close();
    }

    /** The parent of a connection's process, while the connection is open. */
    private ProcessHandle postmaster() throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            return ProcessHandle.of(row.getLong(1)).flatMap(ProcessHandle::parent).orElseThrow();
        }
    }

    @Override
    public void close() {
        if (server != null) server.close();
        database.close();
    }
}
