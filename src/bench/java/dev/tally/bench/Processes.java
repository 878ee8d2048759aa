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

/** What the three parties to a measurement take of the machine: server, database, generator. */
final class Processes {

    private static final long BYTES_PER_KIB = 1024;

    private final ProcessHandle server;
    private final ProcessHandle postmaster;
    private final Database database;

    /**
     * So far.
     *
     * @param server processor time, as are the next two
     * @param generator this process: the load, or a store without a server
     * @param walBytes written to the database's log
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
        // Its parent is asked for while the connection is open: without it the process ends.
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

    /** Of connections that are still open: who opens and closes some while measuring loses them. */
    private Duration backends() {
        return Stream.concat(Stream.of(postmaster), postmaster.children())
                .map(Processes::cpu)
                .reduce(Duration.ZERO, Duration::plus);
    }

    private static Duration cpu(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Resident memory of the server in bytes; 0 where the machine does not tell as Linux does. */
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
