package dev.tally.faults;

import dev.tally.faults.Plan.Victim;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Installation;
import dev.tally.local.Liberty;
import dev.tally.local.Node;
import dev.tally.system.Client;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;

/** A server and its database, which can be killed as by a loss of power and started again. */
final class Machine implements AutoCloseable {

    private final Installation installation;
    private final Node node;
    private Liberty server;

    /**
     * A machine with a migrated database, whose server is not started yet.
     *
     * @param settings further environment variables of the server
     */
    Machine(Path home, Map<String, String> settings) throws IOException {
        installation = Installation.embedded(home, 0);
        database().migrated();
        node = Node.named("tally").patient().with(settings);
    }

    void start() throws IOException, InterruptedException {
        server = installation.start(node);
    }

    Database database() {
        return installation.database();
    }

    URI url() {
        return server.url();
    }

    String token(String role) {
        return installation.tokens().of(role);
    }

    Client as(String role) {
        return new Client(server.url(), installation.tokens()).as(role);
    }

    /**
     * Kills and starts again. The job is paused then, because otherwise some phases would be over
     * before the test looks for them.
     */
    void kill(Victim victim) throws IOException, InterruptedException, SQLException {
        switch (victim) {
            case SERVER -> {
                server.kill();
                pauseJob(true);
                server.start();
            }
            case DATABASE -> {
                installation.crashDatabase();
                pauseJob(true);
            }
        }
    }

    void pauseJob(boolean paused) throws SQLException {
        try (var connection = database().connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute("update tally.partition_job set paused = " + paused);
        }
    }

    @Override
    public void close() throws IOException {
        installation.close();
    }
}
