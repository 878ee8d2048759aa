package dev.tally.eventstore.partitions;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Head;
import dev.tally.eventstore.History;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Notes.ReadOnce;
import dev.tally.eventstore.Notes.Struck;
import dev.tally.eventstore.Notes.Written;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * A database with customers' notes in old months, and the job that moves these months to the
 * archive.
 */
abstract class ArchiveFixture {

    static final int EVENTS_PER_GENERATION = 50;

    static final int MONTHS_BACK = 6;

    static final int BATCH_ROWS = 7;

    static final int CUSTOMERS = 20;

    static final Period DENIAL_RETENTION = Period.ofDays(90);

    static final Period GRACE = Period.ofDays(30);

    final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    /** The oldest month, and another month that is due too. */
    final Instant oldest = month(-MONTHS_BACK);

    final Instant old = month(-5);

    static Database database;

    static Stores stores;

    @BeforeAll
    static void start() throws IOException {
        database = Database.forTests().migrated().hurried();
        stores = new Stores(database, Notes.FIRST, Settings.cold(EVENTS_PER_GENERATION));
    }

    @AfterAll
    static void stop() {
        stores.close();
        database.close();
    }

    @BeforeEach
    void fresh() throws SQLException {
        for (var table : texts("select unnest(tally.tables_of(p)) from tally.partition p")) {
            asOwner("drop table tally." + table);
        }
        asOwner(
                "truncate tally.partition, tally.customer, tally.erasure, tally.erased_from,"
                        + " tally.sifted_rows",
                "update tally.partition_job set paused = false, last_success_at = null, checked_to"
                        + " = null, last_error = null",
                "select tally.create_partitions(timestamptz '"
                        + oldest
                        + "', %d)".formatted(MONTHS_BACK));
    }

    boolean aNodeThatDiesAfterOneStep() throws SQLException, InterruptedException {
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            return archiver().takesOneStep(new PartitionTable(connection), new Failures());
        }
    }

    Archiver archiver() {
        return new Archiver(
                database.dataSource(Role.TALLY_OWNER), store(), clock(), settings("archive"));
    }

    /** The job as it runs at the given time, with the given retention. */
    static Archiver archiver(Period retention, Instant at) {
        return new Archiver(
                database.dataSource(Role.TALLY_OWNER),
                store(),
                InstantSource.fixed(at),
                settings("archive", retention));
    }

    InstantSource clock() {
        return InstantSource.fixed(now);
    }

    static ArchiveSettings settings(String tablespace) {
        return settings(tablespace, null);
    }

    static ArchiveSettings settings(String tablespace, Period retention) {
        return new ArchiveSettings(
                3,
                Period.ofMonths(3),
                tablespace,
                retention,
                GRACE,
                Period.ZERO,
                BATCH_ROWS,
                Duration.ZERO,
                100,
                DENIAL_RETENTION);
    }

    static EventStore store() {
        return stores.store();
    }

    /** Stores a note of each customer in the month, so that the customers are live. */
    void notesIn(Instant month) {
        for (int customer = 1; customer <= CUSTOMERS; customer++) {
            note("customer-" + customer, month);
        }
    }

    static void note(String customer, Instant month) {
        write(customer, "note-" + month, month.plus(3, ChronoUnit.DAYS));
    }

    static void write(String customer, String note, Instant at) {
        append(customer, at, new Written(note, "text", null));
    }

    static void strike(String customer, String note, Instant at) {
        append(customer, at, new Struck(note, at));
    }

    /**
     * Stores that a note was read. The state needs this event for ever, but it does not make the
     * customer live.
     */
    static void readOnce(String customer, String note, Instant at) {
        append(customer, at, new ReadOnce(note));
    }

    static void append(String customer, Instant at, Record event) {
        var history = read(customer);
        store().append(
                        history,
                        CommandId.generated(customer + at),
                        null,
                        history.timeOf(at),
                        List.of(event));
    }

    static History<Notes> read(String customer) {
        return store().read(customer, Notes.FIRST.fold());
    }

    /** Requests an erasure, which the job then carries out. */
    static void erase(String customer) throws SQLException {
        asOwner(
                """
                insert into tally.erasure (erasure_id, customer_digest, customer_id, requested_by)
                values ('%1$s', sha256('%1$s'), '%1$s', 'anna')
                """
                        .formatted(customer));
    }

    static Head head(String customer) {
        return read(customer).head();
    }

    static List<String> rows() throws SQLException {
        return texts("select e::text from tally.event e order by 1");
    }

    static String state(String parent, Instant month) throws SQLException {
        return texts(
                        "select state from tally.partition where name = '"
                                + partition(parent, month)
                                + "'")
                .getFirst();
    }

    static String lastError(String parent, Instant month) throws SQLException {
        return texts(
                        "select last_error from tally.partition where name = '"
                                + partition(parent, month)
                                + "'")
                .getFirst();
    }

    static String partition(String parent, Instant month) {
        var start = month.atOffset(ZoneOffset.UTC);
        return "%s_%d_%02d".formatted(parent, start.getYear(), start.getMonthValue());
    }

    Instant month(int fromNow) {
        return now.atOffset(ZoneOffset.UTC)
                .truncatedTo(ChronoUnit.DAYS)
                .withDayOfMonth(1)
                .plusMonths(fromNow)
                .toInstant();
    }

    static void asOwner(String... statements) throws SQLException {
        execute(Role.TALLY_OWNER, statements);
    }

    static void asSuperuser(String... statements) throws SQLException {
        execute(Role.POSTGRES, statements);
    }

    private static void execute(Role role, String... statements) throws SQLException {
        try (var connection = database.connect(role);
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    static List<String> texts(String sql) throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var texts = new ArrayList<String>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }
}
