package dev.tally.local;

import dev.tally.local.Database.Role;

import org.postgresql.ds.PGSimpleDataSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A pgbouncer in transaction mode between clients and a database. Each transaction gets one of few
 * connections to the server, which other clients have had before.
 */
public final class Pooler implements AutoCloseable {

    private final int port;
    private final ListeningProcess process;

    private Pooler(int port, ListeningProcess process) {
        this.port = port;
        this.process = process;
    }

    /** Where pgbouncer is installed on this machine; empty if it is not. */
    public static Optional<Path> program() {
        return Programs.find("pgbouncer");
    }

    /**
     * A pooler that keeps its files in a folder.
     *
     * @param connections connections to the server for each role
     */
    public static Pooler before(Database database, Path home, int connections) throws IOException {
        Files.createDirectories(home);
        var port = Database.freePort();
        var users = Files.writeString(home.resolve("users.txt"), users());
        var settings =
                Files.writeString(
                        home.resolve("pgbouncer.ini"),
                        """
                        [databases]
                        tally = host=%s port=%d dbname=tally
                        [pgbouncer]
                        listen_addr = 127.0.0.1
                        listen_port = %d
                        unix_socket_dir =
                        auth_type = trust
                        auth_file = %s
                        pool_mode = transaction
                        default_pool_size = %d
                        max_client_conn = 200
                        """
                                .formatted(
                                        database.host(),
                                        database.port(),
                                        port,
                                        users.toAbsolutePath(),
                                        connections));
        var command =
                List.of(program().orElseThrow().toString(), settings.toAbsolutePath().toString());
        var log = home.resolve("pgbouncer.log");
        var process = ListeningProcess.start(Programs.unprivileged(command), port, log);
        return new Pooler(port, process);
    }

    private static String users() {
        var users = new StringBuilder();
        for (var role : List.of(Role.TALLY_APP, Role.TALLY_OWNER)) {
            users.append("\"%s\" \"\"%n".formatted(role.user()));
        }
        return users.toString();
    }

    public int port() {
        return port;
    }

    /**
     * Connections through the pooler.
     *
     * @param prepareThreshold use of a statement at which the driver prepares it; 0 for never
     */
    public PGSimpleDataSource dataSource(Role role, int prepareThreshold) {
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"127.0.0.1"});
        source.setPortNumbers(new int[] {port});
        source.setDatabaseName("tally");
        source.setUser(role.user());
        source.setPrepareThreshold(prepareThreshold);
        return source;
    }

    @Override
    public void close() {
        process.close();
    }
}
