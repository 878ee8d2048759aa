package dev.tally.bench;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Installation;
import dev.tally.local.Liberty;
import dev.tally.local.Node;
import dev.tally.system.Client;

import org.postgresql.ds.PGSimpleDataSource;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The database and the server that the benchmark measures, configured as they are shipped. The
 * application has one resource more, the {@link ConstantResource}.
 */
final class SystemUnderTest implements AutoCloseable {

    /** The number of HTTP connections of the load, and of its database connections. */
    static final int CONNECTIONS = 16;

    /**
     * So few connections that the server's compiler gets its share of the machine and is done soon.
     */
    static final int WARM_UP_CONNECTIONS = 4;

    private final Path home;
    private final Installation installation;
    private Liberty server;

    SystemUnderTest(Path home) throws IOException {
        this.home = home;
        this.installation = Installation.embedded(home, 0);
        database().migrated();
    }

    /** Starts the server; returns the time until it first answers that it is ready. */
    Duration startServer() throws IOException, InterruptedException {
        return start(Node.named("tally").running(ConstantResource.in(home)));
    }

    /** Starts a server that keeps no account in memory. */
    Duration startColdServer() throws IOException, InterruptedException {
        return startServerWith(0);
    }

    /** Starts a server with so many kilobytes for accounts in memory. */
    Duration startServerWith(int warmKilobytes) throws IOException, InterruptedException {
        var node = Node.named("memory-" + warmKilobytes);
        return start(node.with(Map.of("TALLY_WARM_KILOBYTES", Integer.toString(warmKilobytes))));
    }

    private Duration start(Node node) throws IOException, InterruptedException {
        server = installation.lay(node);
        var began = System.nanoTime();
        server.start();
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** Waits until the server has a copy of the catalogue, and can promise licenses by it. */
    void awaitCatalogueCopy() {
        var anyone = new Client(server.url(), installation.tokens());
        await().atMost(Duration.ofMinutes(1))
                .until(
                        () ->
                                anyone.get("/health/ready")
                                        .body()
                                        .contains("\"catalogueRefreshedAt\""));
    }

    /** Stops the database, for good. */
    void stopDatabase() {
        installation.stopDatabase();
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

    /** A pool of open connections of the application's role, as many as the load has. */
    HikariDataSource pool() {
        var pool = new HikariConfig();
        pool.setDataSource(asTheServerConnects(database()));
        pool.setMaximumPoolSize(CONNECTIONS);
        return new HikariDataSource(pool);
    }

    /** Connections of the application's role with the same settings as the server's. */
    static PGSimpleDataSource asTheServerConnects(Database database) {
        var source = database.dataSource(Role.TALLY_APP);
        source.setReWriteBatchedInserts(true);
        return source;
    }

    HttpLoad load(String role, int connections) {
        return load(List.of(token(role)), connections);
    }

    HttpLoad load(List<String> tokens, int connections) {
        return new HttpLoad(server.url(), tokens, connections);
    }

    Client client(String role) {
        return new Client(server.url(), installation.tokens()).as(role);
    }

    String token(String role) {
        return installation.tokens().of(role);
    }

    /** The sum of a metric's series, as the server tells it. */
    long metric(String name) {
        return client("reader")
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .mapToLong(value -> (long) Double.parseDouble(value))
                .sum();
    }

    /** The number of promises that the server has made since its start. */
    long promised() {
        return metric("tally_provisional_issued_total");
    }

    /** The value of a database setting for the application's role. */
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
