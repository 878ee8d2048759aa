package dev.tally.availability;

import dev.tally.deadline.Deadline;
import dev.tally.runtime.Release;
import dev.tally.runtime.Schema;
import dev.tally.runtime.Ticks;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/**
 * Asks the database in the background, so that neither a request nor a health check has to wait in
 * order to learn whether it answers. While the store is away, only this probe asks.
 */
@ApplicationScoped
public class StoreProbe {

    private static final Logger LOG = Logger.getLogger(StoreProbe.class.getName());

    /** Pause between two looks, which ask if it is time. */
    private static final long LOOK_MILLIS = 200;

    /** Time between two questions while the database answers. */
    private static final Duration INTERVAL = Duration.ofSeconds(2);

    /** Longest time of a probe. Members themselves find out sooner if the database is too slow. */
    private static final Duration LIMIT = Duration.ofSeconds(1);

    /** Longest time of a probe while requests wait for connections. One that fails is enough. */
    private static final Duration LIMIT_IN_DOUBT = Duration.ofMillis(500);

    /** Longest time of a probe of a database that is away: it is back once it serves members. */
    private static final Duration LIMIT_TO_COME_BACK = Duration.ofMillis(300);

    /** Time between two questions for what readiness tells, and the longest time of one. */
    private static final Duration DESCRIBING = Duration.ofSeconds(5);

    private static final Duration DESCRIBING_LIMIT = Duration.ofMillis(2_500);

    /** Failed probes in a row with which the store is away, on a node without requests. */
    private static final int FAILURES = 2;

    /** Everything that readiness tells of the database, in one statement. */
    private static final String WHAT_IT_HAS =
            """
            select (select max(version::int) from tally.flyway_schema_history where success),
                tally.has_partition_for(now()),
                extract(day from tally.partitions_end() - now())::int,
                r.newest, r.oldest_served,
                array_to_string(tally.missing_partitions(), ', '),
                (select count(*) from tally.partition where last_error is not null)
                    + (select count(*) from tally.erasure where last_error is not null)
                    + (select count(*) from tally.erased_from where last_error is not null)
                    + (select count(*) from tally.partition_job where last_error is not null),
                pg_postmaster_start_time()
            from tally.release r
            """;

    /**
     * A write that is flushed, and replicated where commits wait for that, and leaves no row: a
     * database that only reads, or cannot write its log, is of no use to commands. The message
     * alone would be taken in transactions that read only.
     */
    private static final String WRITE =
            """
            update tally.customer set customer_id = customer_id where false;
            select pg_logical_emit_message(true, 'tally.probe', '')
            """;

    @Inject Schema schema;
    @Inject Circuit circuit;
    @Inject StoreState store;
    @Inject Event<StoreReplaced> replaced;
    @Inject Event<StoreAnswers> answers;

    @Resource(lookup = "jdbc/tally")
    DataSource database;

    @Resource ManagedScheduledExecutorService scheduler;

    /**
     * The findings of the last look into the database.
     *
     * @param missing months without a partition, separated by commas
     * @param serverStartedAt when the process of the server began, which tells it from others
     */
    record Found(
            int schemaVersion,
            boolean hasPartition,
            int daysAhead,
            int newestRelease,
            int oldestServed,
            String missing,
            long failedSteps,
            Instant serverStartedAt) {

        boolean serves() {
            return oldestServed <= Release.NUMBER;
        }
    }

    private volatile Found found;

    /** Start of the server that was asked last; null: none has answered. */
    private Instant server;

    private Future<?> looking;
    private Future<?> describing;
    private long asked;
    private long described;
    private int failures;

    /** True once the circuit has begun with successes. */
    private boolean isFilled;

    void begin(@Observes Startup started) {
        looking =
                scheduler.scheduleWithFixedDelay(
                        this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        describing =
                scheduler.scheduleWithFixedDelay(
                        this::describe, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void stop() {
        if (looking != null) looking.cancel(true);
        if (describing != null) describing.cancel(true);
    }

    /** The findings of the last look into the database; empty if it has never answered. */
    Optional<Found> found() {
        return Optional.ofNullable(found);
    }

    private void look() {
        try {
            lookIfDue();
        } catch (Exception e) {
            LOG.log(Level.WARNING, "The database could not be probed", e);
        }
    }

    private void lookIfDue() throws Exception {
        if (schema.version().isEmpty()) return;
        var isDoubted = store.isInDoubt();
        var isDue = hasPassed(INTERVAL, asked) || isDoubted;
        if (!isDue && !store.isAway() && failures == 0) return;
        try {
            probe(isDoubted ? LIMIT_IN_DOUBT : LIMIT);
            failures = 0;
            if (store.isAway()) store.first(() -> answers.fire(new StoreAnswers()));
            if (!isFilled || store.isAway()) circuit.fill();
            isFilled = true;
            store.comeBack();
        } catch (StoreUnavailable e) {
            failures++;
            if (failures == FAILURES || isDoubted) {
                store.leave(e.outage(), "it does not answer probes");
            }
        } finally {
            asked = Ticks.nanos();
            if (isDoubted) store.settle();
        }
    }

    private static boolean hasPassed(Duration time, long since) {
        return Ticks.nanos() - since > time.toNanos();
    }

    private void probe(Duration usualLimit) throws Exception {
        var sql = store.isAway() ? WRITE : "select 1";
        var limit = store.isAway() ? LIMIT_TO_COME_BACK : usualLimit;
        var unused = circuit.pass(() -> Deadline.within(limit, () -> execute(sql)));
    }

    private boolean execute(String sql) throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }

    /**
     * Asks for what readiness tells. A slow answer is no reason not to ask for anything else, and
     * keeps no probe waiting.
     */
    private void describe() {
        if (store.isAway() || (found != null && !hasPassed(DESCRIBING, described))) return;
        described = Ticks.nanos();
        try {
            found = Deadline.within(DESCRIBING_LIMIT, this::whatItHas);
            noticeAnotherServer(found.serverStartedAt());
        } catch (SQLException e) {
            LOG.log(Level.FINE, "What the database has is not known", e);
        } catch (Exception e) {
            LOG.log(Level.WARNING, "The database could not be asked for what it has", e);
        }
    }

    private void noticeAnotherServer(Instant startedAt) {
        try {
            if (server != null && !server.equals(startedAt)) replaced.fire(new StoreReplaced());
            server = startedAt;
        } catch (RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "What another server has of the database is not known yet: {0}",
                    Outage.reason(e));
        }
    }

    private Found whatItHas() throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery(WHAT_IT_HAS)) {
            row.next();
            return new Found(
                    row.getInt(1),
                    row.getBoolean(2),
                    row.getInt(3),
                    row.getInt(4),
                    row.getInt(5),
                    row.getString(6),
                    row.getLong(7),
                    row.getObject(8, OffsetDateTime.class).toInstant());
        }
    }
}
