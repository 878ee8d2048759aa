package dev.tally.local;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Logger;

/**
 * A whole installation of Tally on this machine: a database, keys and servers, with everything that
 * they write in one home folder. The launcher, the tests, the benchmark and the fault tests all use
 * it.
 */
public final class Installation implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Installation.class.getName());
    private static final String DATABASE_LOG = "postgres.log";
    private static final int STARTS_AFTER_A_CRASH = 3;
    private static final int LINES_THAT_SAY_WHY = 30;

    private final Path home;
    private final Tokens tokens;
    private final Map<String, Liberty> nodes = new LinkedHashMap<>();
    private final List<Relay> relays = new ArrayList<>();
    private volatile Database database;

    private Installation(Path home, Tokens tokens, Database database) {
        this.home = home;
        this.tokens = tokens;
        this.database = database;
    }

    /**
     * An installation with an embedded database. Database and keys are kept in the home folder and
     * used again by the next start.
     *
     * @param dbPort the database's port; 0 for any free port
     */
    public static Installation embedded(Path home, int dbPort) throws IOException {
        var tokens = Tokens.in(home.resolve("keys"));
        return new Installation(home, tokens, embeddedDatabase(home, dbPort));
    }

    /** An installation for tests, with an empty database: see {@link Database#forTests}. */
    public static Installation forTests(Path home) throws IOException {
        var tokens = Tokens.in(home.resolve("keys"));
        return new Installation(home, tokens, Database.forTests());
    }

    /**
     * An installation for tests, with an embedded database that has more settings.
     *
     * @param settings names and values, as in {@code postgresql.conf}
     */
    public static Installation embedded(Path home, Map<String, String> settings)
            throws IOException {
        var tokens = Tokens.in(home.resolve("keys"));
        return new Installation(home, tokens, Database.embedded(home, 0, settings));
    }

    /**
     * An installation for tests on the PostgreSQL that is installed on this machine, which {@link
     * Programs#postgres} finds. Several of one folder have the same keys.
     *
     * @param data folder of the database
     */
    public static Installation installed(Path home, Path data) throws IOException {
        var tokens = Tokens.in(home.resolve("keys"));
        return new Installation(home, tokens, Database.installed(data, Map.of()));
    }

    /** An installation for tests on a database that the test has made. */
    public static Installation on(Path home, Database database) throws IOException {
        return new Installation(home, Tokens.in(home.resolve("keys")), database);
    }

    /** Creates the folder of a node, so that it can be started. */
    public synchronized Liberty lay(Node node) throws IOException {
        if (nodes.containsKey(node.name()) && nodes.get(node.name()).isAlive()) {
            throw new IllegalStateException("A node runs already: " + node.name());
        }
        ServerFolder.lay(usr(), node, environment(node)).addApplication(node.war());
        var log = log(node.name());
        Files.deleteIfExists(log);
        var laid = new Liberty(usr(), node, log);
        nodes.put(node.name(), laid);
        return laid;
    }

    /** The file with what a node has written. */
    public Path log(String node) {
        return home.resolve(node + ".log");
    }

    /** Starts a node; returns when it takes requests. */
    public Liberty start(Node node) throws IOException, InterruptedException {
        var laid = lay(node);
        laid.start();
        return laid;
    }

    /**
     * Creates the folder of a node that Arquillian starts and deploys applications to.
     *
     * @return Liberty's user folder, in which a server has the node's name
     */
    public Path layForArquillian(Node node) throws IOException {
        ServerFolder.lay(usr(), node, environment(node)).addWhatArquillianNeeds();
        return usr();
    }

    /** A new relay to the database, for {@link Node#through}. */
    public synchronized Relay relay() throws IOException {
        var relay = Relay.to(database);
        relays.add(relay);
        return relay;
    }

    public Database database() {
        return database;
    }

    public Tokens tokens() {
        return tokens;
    }

    /** Ends the embedded database as a loss of power does, and starts it again. */
    public void crashDatabase() throws IOException, SQLException {
        killDatabase();
        startDatabase();
    }

    /** Ends the embedded database as a loss of power does. */
    public void killDatabase() throws IOException, SQLException {
        database.kill();
    }

    /** Stops the embedded database in one of PostgreSQL's ways. */
    public void stopDatabase(Database.Shutdown how) throws IOException, SQLException {
        database.stop(how);
    }

    /** Stops the embedded database as an administrator does. */
    public void stopDatabase() {
        database.close();
    }

    /**
     * Stops the processes of the embedded database where they are, until the result is closed: it
     * keeps connections open and answers nothing.
     */
    public Closeable freezeDatabase() throws IOException, SQLException {
        var processes = database.freeze();
        return () -> Database.thaw(processes);
    }

    /**
     * Starts the embedded database again after it was stopped or killed, with the same port and
     * data. Like a supervisor, it tries to start it more than once.
     */
    public void startDatabase() throws IOException {
        for (int start = 1; ; start++) {
            try {
                database = embeddedDatabase(home, database.port());
                return;
            } catch (Trouble e) {
                var log = Files.readAllLines(home.resolve(DATABASE_LOG));
                var last = log.subList(Math.max(0, log.size() - LINES_THAT_SAY_WHY), log.size());
                if (start == STARTS_AFTER_A_CRASH) {
                    throw new IllegalStateException(String.join("\n", last), e);
                }
                LOG.warning(() -> e.getMessage() + "\n" + String.join("\n", last));
            }
        }
    }

    /** Stops everything, the nodes first. */
    @Override
    public synchronized void close() throws IOException {
        try {
            nodes.values().forEach(Liberty::close);
            for (var relay : relays) {
                relay.close();
            }
        } finally {
            database.close();
        }
    }

    private Path usr() {
        return home.resolve("server");
    }

    private Map<String, String> environment(Node node) {
        var all =
                new TreeMap<>(
                        Map.of(
                                "TALLY_ARCHIVE_TABLESPACE", "archive",
                                "TALLY_DB_HOST", database.host(),
                                "TALLY_DB_PORT", Integer.toString(database.port()),
                                "TALLY_TOKEN_KEYS",
                                        tokens.entitlementKeys.toAbsolutePath().toString(),
                                "TALLY_JWT_KEYS",
                                        tokens.callersPublicKeys.toAbsolutePath().toString(),
                                "TALLY_JWT_ISSUER", Tokens.ISSUER,
                                "TALLY_JWT_AUDIENCE", Tokens.AUDIENCE));
        all.putAll(node.environment());
        return all;
    }

    private static Database embeddedDatabase(Path home, int port) {
        try {
            return Database.embedded(home, port);
        } catch (IOException | IllegalStateException e) {
            throw new Trouble(
                    "The embedded PostgreSQL did not start (%s); %s says why."
                            .formatted(e.getMessage(), home.resolve(DATABASE_LOG)),
                    e);
        }
    }
}
