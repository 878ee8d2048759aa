package dev.tally.bench;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Installation;
import dev.tally.local.Liberty;
import dev.tally.local.Node;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/** A database and a server of the benchmark's own, as they are shipped. */
final class SystemUnderTest implements AutoCloseable {

    /** Of the load: HTTP connections, and the database's. */
    static final int CONNECTIONS = 16;

    private final Path home;
    private final Installation installation;
    private Liberty server;

    SystemUnderTest(Path home) throws IOException {
        this.home = home;
        this.installation = Installation.embedded(home, 0);
        database().migrated();
    }

    /** From nothing to the first answer that it is ready. */
    Duration startServer() throws IOException, InterruptedException {
        if (server == null) server = installation.lay(Node.named("tally"));
        var began = System.nanoTime();
        server.start();
        return Duration.ofNanos(System.nanoTime() - began);
    }

    void stopServer() {
        server.close();
    }

    Path home() {
        return home;
    }

    Database database() {
        return installation.database();
    }

    URI url() {
        return server.url();
    }

    ProcessHandle jvm() {
        return server.jvm();
    }

    HttpLoad load(String role, int connections) {
        return new HttpLoad(server.url(), installation.tokens().of(role), connections);
    }

    /** What the server of the database says of a setting, as the application's role sees it. */
    String setting(String name) throws SQLException {
        try (var connection = database().connect(Role.TALLY_APP);
                var statement = connection.createStatement();
                var row = statement.executeQuery("show " + name)) {
            row.next();
            return row.getString(1);
        }
    }

    @Override
    public void close() throws IOException {
        installation.close();
    }
}
