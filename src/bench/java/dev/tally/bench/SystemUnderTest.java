package dev.tally.bench;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Liberty;
import dev.tally.local.Tokens;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/** A database and a server of the benchmark's own, as they are shipped. */
final class SystemUnderTest implements AutoCloseable {

    /** Of the load: HTTP connections, and the database's. */
    static final int CONNECTIONS = 16;

    private final Path home;
    private final Database database;
    private final Tokens tokens;
    private Liberty server;

    SystemUnderTest(Path home) throws IOException {
        this.home = home;
        this.database = Database.embedded(home, 0).migrated();
        this.tokens = Tokens.in(home.resolve("keys"));
    }

    /** From nothing to the first answer that it is ready. */
    Duration startServer() throws IOException, InterruptedException {
        var usr = Files.createDirectories(home.resolve("server"));
        Liberty.lay(usr);
        var began = System.nanoTime();
        server =
                Liberty.start(
                        usr,
                        Liberty.environment(
                                Database.freePort(),
                                Database.freePort(),
                                database.host(),
                                database.port(),
                                tokens),
                        ProcessBuilder.Redirect.to(home.resolve("console.log").toFile()));
        server.awaitReady();
        return Duration.ofNanos(System.nanoTime() - began);
    }

    void stopServer() {
        if (server != null) server.close();
    }

    Path home() {
        return home;
    }

    Database database() {
        return database;
    }

    URI url() {
        return server.url();
    }

    ProcessHandle jvm() {
        return server.jvm();
    }

    HttpLoad load(String role, int connections) {
        return new HttpLoad(server.url(), tokens.of(role), connections);
    }

    /** What the server of the database says of a setting, as the application's role sees it. */
    String setting(String name) throws SQLException {
        try (var connection = database.connect(Role.TALLY_APP);
                var statement = connection.createStatement();
                var row = statement.executeQuery("show " + name)) {
            row.next();
            return row.getString(1);
        }
    }

    @Override
    public void close() {
        try (database) {
            stopServer();
        }
    }
}
