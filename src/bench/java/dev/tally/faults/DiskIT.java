package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.InstalledPostgres;
import dev.tally.local.Programs;
import dev.tally.local.SmallDisk;
import dev.tally.local.TestFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

/**
 * A disk of the database fills up while members use two nodes: that of the tables, or that of the
 * write-ahead log.
 */
class DiskIT {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int TABLES_MEGABYTES = 160;
    private static final int LOG_MEGABYTES = 24;

    /** Little of the log is kept, so that the disk is soon needed. */
    private static final Map<String, String> SMALL_LOG =
            Map.of("min_wal_size", "2MB", "max_wal_size", "4MB");

    private static TestFolder home;
    private static SmallDisk tables;
    private static SmallDisk log;
    private static InstalledPostgres server;
    private static Database database;
    private static NodePair nodes;

    private final Ledger ledger = new Ledger();

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(Programs.postgres().isPresent(), "PostgreSQL is not installed");
        home = TestFolder.in(Path.of("target/faults"));
        tables = SmallDisk.at(home.path().resolve("tables"), TABLES_MEGABYTES);
        log = SmallDisk.at(home.path().resolve("log"), LOG_MEGABYTES);
        server =
                InstalledPostgres.start(
                        tables.folder(),
                        Database.freePort(),
                        SMALL_LOG,
                        "--wal-segsize=1",
                        "-X",
                        log.resolve("pg_wal").toString());
        database = Database.provisioned(server, tables.folder());
        nodes = NodePair.start(home.path(), database, Map.of());
    }

    @AfterAll
    static void stop() throws IOException {
        if (nodes != null) nodes.close();
        if (server != null) server.close();
        if (log != null) log.close();
        if (tables != null) tables.close();
        if (home == null) return;
        if (!TestFolder.anyFailed()) home.passed();
        home.close();
    }

    @Test
    void without_room_for_rows_members_get_promises() throws Exception {
        try (var members = nodes.members(ledger)) {
            tables.fill();
            NodePair.awaitPromises(ledger);
            await().atMost(LIMIT).until(DiskIT::isTold);
            tables.empty();

            var lost =
                    nodes.recover("full disk under the tables", ledger, members, database, false);
            assertThat(lost).isEmpty();
        }
    }

    /**
     * True once a node has told why: a statement has no room, or not even a session can begin. What
     * PostgreSQL says of the latter does not name the disk.
     */
    private static boolean isTold() throws IOException {
        return nodes.haveLogged("The database has no room left.")
                || nodes.haveLogged("could not write init file");
    }

    /** Without room for its log the server ends, and a supervisor starts it again. */
    @Test
    void without_room_for_the_log_members_get_promises_until_the_server_is_started_again()
            throws Exception {
        try (var members = nodes.members(ledger)) {
            log.fill();
            await().atMost(LIMIT).until(DiskIT::hasEnded);
            NodePair.awaitPromises(ledger);
            assertThat(Files.readString(server.log())).contains("PANIC").contains("No space left");
            log.empty();
            server.start();

            var lost =
                    nodes.recover(
                            "full disk under the write-ahead log", ledger, members, database, true);
            assertThat(lost).isEmpty();
        }
    }

    /** Needs the next segments of the log, as more load would; true once the server has ended. */
    private static boolean hasEnded() throws IOException {
        try (var dba = database.connect(Role.POSTGRES);
                var statement = dba.createStatement()) {
            statement.execute(
                    "select pg_logical_emit_message(true, 'ballast', repeat('x', 300000))");
        } catch (SQLException e) {
            // It has no room, or it has ended.
        }
        return !server.isRunning();
    }
}
