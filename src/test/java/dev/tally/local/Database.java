package dev.tally.local;

import dev.tally.runtime.Schema;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.postgresql.ds.PGSimpleDataSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A PostgreSQL server with the database {@code tally}, the tablespace {@code archive} and the roles
 * of {@code db-migrations/roles.sql}. These roles log in without a password; an embedded server's
 * superuser has one ({@link Superuser}). The settings are those of a production server, so
 * committed data survive a crash.
 */
public final class Database implements AutoCloseable {

    /**
     * The roles that connect. The superuser is used only where a test or the launcher acts as the
     * DBA.
     */
    public enum Role {
        POSTGRES,
        TALLY_OWNER,
        TALLY_APP,
        TALLY_READER;

        public String user() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The migrations of this checkout. */
    static final Path MIGRATIONS = Path.of("db-migrations");

    /** The time limit of a start, which includes recovery after a crash. */
    private static final Duration START_LIMIT = Duration.ofMinutes(1);

    /** How long sessions may go on after a shutdown that waits for them. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final String host;
    private final int port;
    private final String password;
    private final AutoCloseable server;
    private final Runnable afterwards;

    /**
     * @param password the superuser's password; null if none is needed
     * @param afterwards what is done once the server has stopped
     */
    private Database(
            String host, int port, String password, AutoCloseable server, Runnable afterwards) {
        this.host = host;
        this.port = port;
        this.password = password;
        this.server = server;
        this.afterwards = afterwards;
    }

    /**
     * An embedded server, whose data are under {@code home} and are used again by the next start.
     *
     * @param port the port to listen on; 0 for any free port
     */
    public static Database embedded(Path home, int port) throws IOException {
        return embedded(home, port, Map.of());
    }

    /**
     * The same with more settings of the server.
     *
     * @param settings names and values, as in {@code postgresql.conf}
     */
    static Database embedded(Path home, int port, Map<String, String> settings) throws IOException {
        return embedded(home, port, settings, () -> {});
    }

    /**
     * @param afterwards what is done once the server has stopped
     */
    private static Database embedded(
            Path home, int port, Map<String, String> settings, Runnable afterwards)
            throws IOException {
        var archive = Files.createDirectories(home.resolve("archive")).toAbsolutePath();
        var superuser = Superuser.in(home);
        var server =
                EmbeddedPostgres.builder()
                        .setDataDirectory(home.resolve("postgres").toAbsolutePath())
                        .setCleanDataDirectory(false)
                        .setPort(port == 0 ? freePort() : port)
                        .setPGStartupWait(START_LIMIT)
                        .setRegisterShutdownHook(false)
                        .setLocaleConfig("locale", "C")
                        // By default the library switches durability off for speed.
                        .setServerConfig("fsync", "on")
                        .setServerConfig("synchronous_commit", "on")
                        .setServerConfig("max_connections", "100")
                        .setOutputRedirector(
                                ProcessBuilder.Redirect.appendTo(
                                        home.resolve("postgres.log").toFile()));
        superuser.configure(server);
        settings.forEach(server::setServerConfig);
        var postgres = server.start();
        try {
            superuser.secure((PGSimpleDataSource) postgres.getPostgresDatabase());
        } catch (SQLException | IOException e) {
            postgres.close();
            throw new IllegalStateException("The superuser could not be given a password", e);
        }
        return provisioned(
                new Database(
                        "localhost",
                        postgres.getPort(),
                        superuser.password(),
                        postgres,
                        afterwards),
                archive.toString());
    }

    /** A new server of the PostgreSQL that is installed on this machine. */
    static Database installed(Path home, Map<String, String> settings) throws IOException {
        return provisioned(InstalledPostgres.start(home, freePort(), settings), home);
    }

    /**
     * The database of a new server.
     *
     * @param home folder in which the tablespace {@code archive} is made
     */
    public static Database provisioned(InstalledPostgres server, Path home) throws IOException {
        var archive = Files.createDirectories(home.resolve("archive")).toAbsolutePath();
        return provisioned(on(server), archive.toString());
    }

    /** The database of a server that has it already, since it is the copy of another one. */
    public static Database on(InstalledPostgres server) {
        return new Database("localhost", server.port(), null, server, () -> {});
    }

    /**
     * An empty server for tests, of the same major version as production. It is a container if a
     * container engine has or can pull its image, otherwise embedded.
     */
    public static Database forTests() throws IOException {
        var container = ContainerImage.start();
        if (container.isEmpty()) {
            var folder = TestFolder.in(Path.of("target/databases"));
            return embedded(folder.path(), 0, Map.of(), folder::closeAfterAll);
        }
        return provisioned(
                new Database(
                        container.get().getHost(),
                        container.get().getMappedPort(5432),
                        null,
                        container.get(),
                        () -> {}),
                ContainerImage.ARCHIVE);
    }

    public String host() {
        return host;
    }

    public int port() {
        return port;
    }

    public String jdbcUrl(Role role) {
        return jdbcUrl(role, "tally");
    }

    String jdbcUrl(Role role, String database) {
        return "jdbc:postgresql://%s:%d/%s?user=%s".formatted(host, port, database, role.user())
                + (role == Role.POSTGRES && password != null ? "&password=" + password : "");
    }

    public PGSimpleDataSource dataSource(Role role) {
        var source = new PGSimpleDataSource();
        source.setURL(jdbcUrl(role));
        return source;
    }

    public Connection connect(Role role) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(role));
    }

    /**
     * Migrates the database as the application does at its start, for tests without the
     * application. The limits of time of the application's role, which suit members, are lifted:
     * such tests share the machine with others.
     */
    public Database migrated() {
        Schema.flyway(dataSource(Role.TALLY_OWNER), MIGRATIONS).migrate();
        try (var connection = connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            for (var limit :
                    List.of(
                            "lock_timeout",
                            "statement_timeout",
                            "idle_in_transaction_session_timeout")) {
                statement.execute("alter role tally_app set %s = '60s'".formatted(limit));
            }
            return this;
        } catch (SQLException e) {
            throw new IllegalStateException("The limits of time could not be lifted", e);
        }
    }

    /** Ways to stop PostgreSQL, named as its documentation does. */
    public enum Shutdown {
        /** New sessions are refused, and those that are open may go on. */
        SMART("TERM"),
        /** Sessions are ended, and everything is written. */
        FAST("INT"),
        /** Nothing is written, so that the next start recovers. */
        IMMEDIATE("QUIT");

        private final String signal;

        Shutdown(String signal) {
            this.signal = signal;
        }
    }

    /**
     * Stops an embedded server in one of these ways. The sessions of a pool never end by
     * themselves, so that {@link Shutdown#SMART} becomes fast after two seconds.
     */
    void stop(Shutdown how) throws IOException, SQLException {
        var postmaster = postmaster();
        Signals.send(postmaster, how.signal);
        try {
            postmaster.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // Sessions are still open.
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        close();
    }

    /** Ends an embedded server as a loss of power does. */
    void kill() throws IOException, SQLException {
        kill(freeze());
        close();
    }

    static void kill(List<ProcessHandle> processes) {
        processes.forEach(ProcessHandle::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
    }

    /**
     * Stops the processes of an embedded server where they are: connections stay open, and nobody
     * answers. {@link #thaw} lets them go on.
     *
     * @return the processes, the postmaster first
     */
    List<ProcessHandle> freeze() throws IOException, SQLException {
        if (!(server instanceof EmbeddedPostgres)) {
            throw new IllegalStateException("Only an embedded database has processes here");
        }
        return freeze(postmaster());
    }

    /** Stops the processes of a server on this machine, of which the first one is given. */
    static List<ProcessHandle> freeze(ProcessHandle postmaster) throws IOException {
        // A stopped process cannot start a child that the list below would miss. A child that
        // outlives its parent would keep the shared memory, and the next start would fail.
        Signals.send(postmaster, "STOP");
        var processes = Stream.concat(Stream.of(postmaster), postmaster.children()).toList();
        for (var process : processes) Signals.send(process, "STOP");
        return processes;
    }

    static void thaw(List<ProcessHandle> processes) throws IOException {
        // The postmaster goes on last: until then the process ids of children that have ended are
        // still theirs.
        for (var process : processes.reversed()) Signals.send(process, "CONT");
    }

    /** The parent of a connection's process, while the connection is open. */
    private ProcessHandle postmaster() throws SQLException {
        try (var connection = connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            return ProcessHandle.of(row.getLong(1)).flatMap(ProcessHandle::parent).orElseThrow();
        }
    }

    /** Switches off waiting for the disk, for tests that store much and do not crash the server. */
    public Database hurried() {
        try (var connection = connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            for (var role : List.of(Role.TALLY_APP, Role.TALLY_OWNER)) {
                statement.execute("alter role " + role.user() + " set synchronous_commit = off");
            }
            return this;
        } catch (SQLException e) {
            throw new IllegalStateException("The database could not be hurried", e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (Exception e) {
            throw new IllegalStateException("PostgreSQL could not be stopped", e);
        }
        afterwards.run();
    }

    /** Does what a DBA does once for a new database. */
    private static Database provisioned(Database database, String archive) {
        try {
            try (var connection =
                            DriverManager.getConnection(
                                    database.jdbcUrl(Role.POSTGRES, "postgres"));
                    var statement = connection.createStatement()) {
                for (var object :
                        List.of(
                                new Missing(
                                        "pg_database where datname = 'tally'",
                                        "create database tally"),
                                new Missing(
                                        "pg_tablespace where spcname = 'archive'",
                                        "create tablespace archive location '" + archive + "'"))) {
                    if (!statement.executeQuery("select from " + object.test).next()) {
                        statement.execute(object.creation);
                    }
                }
            }
            try (var connection = database.connect(Role.POSTGRES);
                    var statement = connection.createStatement()) {
                statement.execute(Files.readString(MIGRATIONS.resolve("roles.sql")));
            }
            return database;
        } catch (SQLException | IOException e) {
            database.close();
            throw new IllegalStateException("The database could not be set up", e);
        }
    }

    /** An object to create if it is missing, because its SQL has no {@code if not exists}. */
    private record Missing(String test, String creation) {}

    /** A port that no process listens on at this moment. */
    public static int freePort() {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
