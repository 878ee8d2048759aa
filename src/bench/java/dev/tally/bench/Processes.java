package dev.tally.bench;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/** Measures what server, database and load generator use of the machine. */
final class Processes {

    private static final long BYTES_PER_KIB = 1024;

    private final ProcessHandle server;
    private final ProcessHandle postmaster;
    private final Database database;

    /**
     * The use of the machine so far.
     *
     * @param server processor time of the server
     * @param database processor time of the database
     * @param generator processor time of this process: the load, or a store without a server
     * @param walBytes bytes written to the database's log
     */
    record Usage(Duration server, Duration database, Duration generator, long walBytes) {

        static final Usage NONE = new Usage(Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);

        Usage since(Usage before) {
            return new Usage(
                    server.minus(before.server),
                    database.minus(before.database),
                    generator.minus(before.generator),
                    walBytes - before.walBytes);
        }

        Usage plus(Usage other) {
            return new Usage(
                    server.plus(other.server),
                    database.plus(other.database),
                    generator.plus(other.generator),
                    walBytes + other.walBytes);
        }
    }

    Processes(ProcessHandle server, Database database) throws SQLException {
        this.server = server;
        this.database = database;
        // The parent is looked up while the connection is open, because the connection's process
        // ends with it.
        this.postmaster =
                number(
                        "pg_backend_pid()",
                        pid -> ProcessHandle.of(pid).flatMap(ProcessHandle::parent).orElseThrow());
    }

    private <T> T number(String expression, LongFunction<T> use) throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var row = statement.executeQuery("select " + expression)) {
            row.next();
            return use.apply(row.getLong(1));
        }
    }

    Usage usage() throws SQLException {
        return new Usage(
                cpu(server),
                backends(),
                cpu(ProcessHandle.current()),
                number("pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')", bytes -> bytes));
    }

    /**
     * The processor time of the connections that are open. The time of connections that have been
     * closed is lost.
     */
    private Duration backends() {
        return Stream.concat(Stream.of(postmaster), postmaster.children())
                .map(Processes::cpu)
                .reduce(Duration.ZERO, Duration::plus);
    }

    private static Duration cpu(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Resident memory of the server in bytes; 0 on systems other than Linux. */
    long residentBytes() throws IOException {
        var status = Path.of("/proc/" + server.pid() + "/status");
        if (!Files.exists(status)) return 0;
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * BYTES_PER_KIB)
                .findFirst()
                .orElse(0);
    }
}
