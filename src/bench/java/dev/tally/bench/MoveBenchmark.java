package dev.tally.bench;

import dev.tally.bench.HttpLoad.Call;
import dev.tally.bench.PacedLoad.Kind;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.Database.Role;
import dev.tally.local.TestFolder;

import io.hyperfoil.http.api.HttpMethod;

import org.HdrHistogram.Histogram;
import org.postgresql.PGConnection;

import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Measures how long it takes to move a partition to another tablespace, and how long others wait
 * meanwhile. It compares the application's job, one COPY with FREEZE and a swap, and SET
 * TABLESPACE, each with a partition of the same size.
 */
final class MoveBenchmark {

    /** The number of events of a partition of about a gibibyte, including the index. */
    static final long EVENTS = 5_000_000;

    static final Duration QUIET = Duration.ofSeconds(20);

    private static final long SEED = 42;
    private static final long FIRST_CUSTOMER = 10_000_000;
    private static final int CUSTOMERS_OF_THE_LOAD = 1_000;
    private static final Catalogue CATALOGUE = Catalogue.of(2_000, 40);
    private static final Period HOT_WINDOW = Period.ofMonths(3);
    private static final double GIB = 1L << 30;

    private final Report report = new Report();
    private final Instant now = Instant.now();
    private final SystemUnderTest system;
    private final long events;
    private final Duration quiet;
    private final List<List<Object>> moves = new ArrayList<>();
    private final List<List<Object>> waits = new ArrayList<>();

    private MoveBenchmark(SystemUnderTest system, long events, Duration quiet) {
        this.system = system;
        this.events = events;
        this.quiet = quiet;
    }

    private interface Move {
        void of(String partition) throws SQLException, IOException, InterruptedException;
    }

    /**
     * @param events number of events of each partition
     * @param quiet how long to measure while nothing is moved
     */
    static Report run(long events, Duration quiet, Path folder)
            throws IOException, SQLException, InterruptedException {
        try (var home = TestFolder.in(folder);
                var system = new SystemUnderTest(home.path())) {
            var benchmark = new MoveBenchmark(system, events, quiet);
            benchmark.run();
            benchmark.report.store(folder);
            home.passed();
            return benchmark.report;
        }
    }

    private void run() throws IOException, SQLException, InterruptedException {
        var history = new SampleHistory(system.database(), SEED);
        history.prepare(CATALOGUE, month(-7), now);
        history.leaveHot(HOT_WINDOW);
        var first = FIRST_CUSTOMER;
        for (int months = -6; months <= -4; months++) {
            var day = month(months).plus(10, ChronoUnit.DAYS);
            first += history.events(first, events, new SampleDay(CATALOGUE, day)).customers();
        }
        history.settle();
        system.startServer();
        report.title("Moving a partition");
        report.say(Machine.describe(now));
        // Nothing is kept in memory, so that reads go to the database.
        var cold = Stores.Settings.cold(SampleHistory.EVENTS_PER_GENERATION);
        try (var source = system.pool();
                var stores = new Stores(source, AccountModel.MODEL, cold);
                var load = new PacedLoad(stores, FIRST_CUSTOMER, CUSTOMERS_OF_THE_LOAD)) {
            Thread.sleep(quiet);
            load.take();
            Thread.sleep(quiet);
            waited("nothing is moved", load.take());
            move("the job: batches, verified, swapped", -6, this::byTheJob, load);
            move("one COPY with FREEZE, verified, swapped", -5, this::byCopyFreeze, load);
            move("SET TABLESPACE", -4, this::bySetTablespace, load);
        }
        report.section("What a move costs");
        report.table("moves", List.of("", "GiB", "s", "s per GiB", "MB of write-ahead log"), moves);
        report.section("Who waits for it");
        report.say(
                "%d calls a second of each kind. Latency counts from when a call was due."
                        .formatted(PacedLoad.PER_SECOND));
        report.table("waits", List.of("", "calls", "p50 ms", "p99 ms", "worst ms"), waits);
    }

    private void move(String name, int months, Move move, PacedLoad load)
            throws SQLException, IOException, InterruptedException {
        var start = month(months).atOffset(ZoneOffset.UTC);
        var partition = "event_%d_%02d".formatted(start.getYear(), start.getMonthValue());
        var gib =
                Double.parseDouble(ask("select pg_total_relation_size('%s')".formatted(partition)))
                        / GIB;
        var lsn = ask("select pg_current_wal_lsn()");
        load.take();
        var began = System.nanoTime();
        move.of(partition);
        var seconds = (System.nanoTime() - began) / 1e9;
        waited(name, load.take());
        var wal =
                Double.parseDouble(ask("select pg_current_wal_lsn() - '%s'::pg_lsn".formatted(lsn)))
                        / 1e6;
        moves.add(List.of(name, gib, seconds, seconds / gib, wal));
        execute("checkpoint");
    }

    private void waited(String name, Map<Kind, Histogram> latencies) {
        latencies.forEach(
                (kind, histogram) ->
                        waits.add(
                                List.of(
                                        name + ": " + kind.words,
                                        histogram.getTotalCount(),
                                        histogram.getValueAtPercentile(50) / 1e6,
                                        histogram.getValueAtPercentile(99) / 1e6,
                                        histogram.getMaxValue() / 1e6)));
    }

    private void byTheJob(String partition) throws SQLException, InterruptedException {
        pause(false);
        while (!ask("select state from partition where name = '%s'".formatted(partition))
                .equals("ARCHIVED")) {
            Thread.sleep(Duration.ofMillis(100));
        }
        pause(true);
        // This takes the job's lock, so that the job does not run. The lock ends with the
        // connection.
        execute("select pg_advisory_lock(hashtext('tally.partition_job'))");
    }

    private void pause(boolean paused) {
        var call =
                new Call(
                        HttpMethod.PUT,
                        "/v1/partition-job",
                        "{\"paused\":%s}".formatted(paused),
                        200);
        var measured = system.load("operator", 1).inTurn(1, n -> call);
        if (measured.failed() > 0) throw new IllegalStateException(measured.firstFailure());
    }

    private void byCopyFreeze(String partition) throws SQLException, IOException {
        var copy = partition + "_copy";
        execute("drop table if exists %s".formatted(copy));
        try (var from = system.database().connect(Role.TALLY_OWNER);
                var to = system.database().connect(Role.TALLY_OWNER);
                var statement = to.createStatement()) {
            to.setAutoCommit(false);
            statement.execute(
                    "create table %s (like event including all) tablespace archive"
                            .formatted(copy));
            pipe(from, "copy %s to stdout (format binary)".formatted(partition), to, copy);
            statement.execute("set local default_tablespace = archive");
            statement.execute("select add_key('%s', 'event')".formatted(copy));
            statement.execute(
                    """
                    do $$
                    declare
                        p partition;
                    begin
                        select * into p from partition where name = '%s';
                        execute format(
                            'alter table %s add constraint within_bounds
                                check (event_time >= %%L and event_time < %%L)',
                            p.starts_at, p.ends_at);
                    end
                    $$
                    """
                            .formatted(partition, copy));
            to.commit();
        }
        var sums = "select count(*) || ' ' || sum(hash_record_extended(r, 0)) from %s r";
        if (!ask(sums.formatted(partition)).equals(ask(sums.formatted(copy)))) {
            throw new IllegalStateException("the copy differs");
        }
        execute("vacuum (freeze, analyze) " + copy);
        // Every transaction sees rows that were frozen when they were written, so there is no wait
        // for older ones.
        execute(
                "update partition set state = 'COPIED', copied_by = '3' where name = '%s'"
                        .formatted(partition));
        execute("select swap_partition('%s')".formatted(partition));
    }

    private static void pipe(Connection from, String copyTo, Connection to, String copy)
            throws SQLException, IOException {
        try (var in = new PipedInputStream(1 << 16)) {
            var out = new PipedOutputStream(in);
            var reading =
                    CompletableFuture.runAsync(
                            () -> {
                                try (out) {
                                    from.unwrap(PGConnection.class)
                                            .getCopyAPI()
                                            .copyOut(copyTo, out);
                                } catch (SQLException | IOException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            to.unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("copy %s from stdin (format binary, freeze)".formatted(copy), in);
            reading.join();
        }
    }

    private void bySetTablespace(String partition) throws SQLException {
        execute("alter table %s set tablespace archive".formatted(partition));
        for (var index : List.of("_seq_is_unique", "_by_time")) {
            execute("alter index %s set tablespace archive".formatted(partition + index));
        }
    }

    private void execute(String sql) throws SQLException {
        try (var connection = superuser();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String ask(String sql) throws SQLException {
        try (var connection = superuser();
                Statement statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** A connection of the tables' owner. */
    private Connection superuser() throws SQLException {
        var connection = system.database().connect(Role.POSTGRES);
        try (var statement = connection.createStatement()) {
            statement.execute("set search_path = tally");
        }
        return connection;
    }

    private Instant month(int fromNow) {
        return now.atOffset(ZoneOffset.UTC)
                .truncatedTo(ChronoUnit.DAYS)
                .withDayOfMonth(1)
                .plusMonths(fromNow)
                .toInstant();
    }
}
