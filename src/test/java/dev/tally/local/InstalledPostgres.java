package dev.tally.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A throw-away server of the PostgreSQL that is installed on this machine. Tests use it where the
 * embedded one, of which there is only the server, is not enough: to dump and restore.
 */
final class InstalledPostgres implements AutoCloseable {

    private final Path data;

    private InstalledPostgres(Path data) {
        this.data = data;
    }

    /** A new cluster, which listens on a port of this machine. */
    static InstalledPostgres start(Path home, int port, Map<String, String> settings)
            throws IOException {
        var data = home.resolve("postgres").toAbsolutePath();
        run(
                "initdb",
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF-8",
                "--locale=C",
                "-D",
                "" + data);
        var all = new TreeMap<>(Map.of("port", "" + port, "unix_socket_directories", "''"));
        all.putAll(settings);
        var options = new ArrayList<String>();
        all.forEach((name, value) -> options.add("-c " + name + "=" + value));
        run(
                "pg_ctl",
                "start",
                "-w",
                "-D",
                "" + data,
                "-l",
                "" + home.resolve("postgres.log").toAbsolutePath(),
                "-o",
                String.join(" ", options));
        return new InstalledPostgres(data);
    }

    private static void run(String program, String... arguments) throws IOException {
        var path = Programs.postgres().orElseThrow().resolve(program);
        var command = Stream.concat(Stream.of("" + path), Stream.of(arguments)).toList();
        Programs.run(Programs.unprivileged(command));
    }

    @Override
    public void close() throws IOException {
        run("pg_ctl", "stop", "-w", "-m", "fast", "-D", "" + data);
    }
}
