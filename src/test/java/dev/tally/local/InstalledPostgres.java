package dev.tally.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A server of the PostgreSQL that is installed on this machine. Tests use it where the embedded
 * one, of which there is only the server, is not enough: to dump and restore, to copy a running
 * server, to replicate, and to put its files on several disks.
 */
public final class InstalledPostgres implements AutoCloseable {

    private final Path data;
    private final Path log;
    private final int port;
    private final Map<String, String> settings;

    private InstalledPostgres(Path home, int port, Map<String, String> settings) {
        this.data = home.resolve("postgres").toAbsolutePath();
        this.log = home.resolve("postgres.log").toAbsolutePath();
        this.port = port;
        this.settings = Map.copyOf(settings);
    }

    /**
     * A new cluster, which listens on a port of this machine.
     *
     * @param settings names and values, as in {@code postgresql.conf}
     * @param options more options of {@code initdb}
     */
    public static InstalledPostgres start(
            Path home, int port, Map<String, String> settings, String... options)
            throws IOException {
        var made = new InstalledPostgres(home, port, settings);
        var all =
                Stream.concat(
                        Stream.of("-A", "trust", "-U", "postgres", "-E", "UTF-8", "--locale=C"),
                        Stream.of(options));
        run("initdb", Stream.concat(all, Stream.of("-D", "" + made.data)));
        made.start();
        return made;
    }

    /**
     * A base backup of a running server, with the WAL that it needs, on another port. It is not
     * started.
     *
     * @param from port at which the server is reached
     * @param tablespace folder of tablespace {@code archive}, which is copied too
     * @param options more options of {@code pg_basebackup}
     */
    public static InstalledPostgres backup(
            Path home,
            int port,
            Map<String, String> settings,
            int from,
            Path tablespace,
            String... options)
            throws IOException {
        var made = new InstalledPostgres(home, port, settings);
        var connection =
                "host=localhost port=%d user=postgres sslmode=disable gssencmode=disable"
                        .formatted(from);
        var copied = home.resolve("archive").toAbsolutePath();
        run(
                "pg_basebackup",
                Stream.concat(
                        Stream.of("-d", connection, "-D", "" + made.data, "-c", "fast"),
                        Stream.concat(
                                Stream.of("-T", tablespace.toAbsolutePath() + "=" + copied),
                                Stream.of(options))));
        return made;
    }

    /** Starts it, again if it has run before; returns when it answers. */
    public void start() throws IOException {
        var all = new TreeMap<>(Map.of("port", "" + port, "unix_socket_directories", ""));
        all.putAll(settings);
        var options = new ArrayList<String>();
        all.forEach((name, value) -> options.add("-c %s='%s'".formatted(name, value)));
        run(
                "pg_ctl",
                Stream.of(
                        "start",
                        "-w",
                        "-D",
                        "" + data,
                        "-l",
                        "" + log,
                        "-o",
                        String.join(" ", options)));
    }

    /** Makes a standby the primary; returns when it takes writes. */
    public void promote() throws IOException {
        run("pg_ctl", Stream.of("promote", "-w", "-D", "" + data));
    }

    /** Ends it as a loss of power does. */
    public void kill() throws IOException {
        var postmaster = postmaster().orElseThrow(() -> new IOException(data + " is not served"));
        Database.kill(Database.freeze(postmaster));
    }

    /** True if the server has not ended, neither by itself nor otherwise. */
    public boolean isRunning() throws IOException {
        return postmaster().isPresent();
    }

    private Optional<ProcessHandle> postmaster() throws IOException {
        var file = data.resolve("postmaster.pid");
        if (Files.notExists(file)) return Optional.empty();
        List<String> lines = Files.readAllLines(file);
        if (lines.isEmpty()) return Optional.empty();
        // A killed server leaves the file, and its number may be that of another process by now.
        return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                .filter(process -> process.info().command().orElse("").endsWith("/postgres"));
    }

    public int port() {
        return port;
    }

    /** Folder of the cluster's files. */
    public Path data() {
        return data;
    }

    /** File with what the server has logged. */
    public Path log() {
        return log;
    }

    private static void run(String program, Stream<String> arguments) throws IOException {
        var path = Programs.postgres().orElseThrow().resolve(program);
        var command = Stream.concat(Stream.of("" + path), arguments).toList();
        Programs.run(Programs.unprivileged(command));
    }

    @Override
    public void close() throws IOException {
        if (isRunning()) run("pg_ctl", Stream.of("stop", "-w", "-m", "fast", "-D", "" + data));
    }
}
