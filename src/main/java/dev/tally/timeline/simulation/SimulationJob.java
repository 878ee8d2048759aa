package dev.tally.timeline.simulation;

import dev.tally.availability.StoreState;
import dev.tally.eventstore.EventStore;
import dev.tally.licensing.denials.DenialQueries;
import dev.tally.licensing.write.CatalogLookup;
import dev.tally.runtime.SchemaReady;
import dev.tally.runtime.Ticks;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/**
 * Works on simulations while there are any. The session that has the lock works alone among all
 * nodes, also while it pauses; it loses the lock with its connection.
 */
@ApplicationScoped
public class SimulationJob {

    private static final Logger LOG = Logger.getLogger(SimulationJob.class.getName());

    /** Time from the end of one look for simulations to the next. */
    private static final long LOOK_SECONDS = 2;

    /**
     * Length of the pause after a batch, in times of the batch: one thread works for a tenth of its
     * time, so that commands keep the database.
     */
    static final int PAUSES = 9;

    private static final String LOCK = "tally.simulation";

    @Resource(lookup = "jdbc/tallyOwner")
    DataSource owner;

    @Resource ManagedScheduledExecutorService scheduler;

    @Inject EventStore store;
    @Inject DenialQueries denials;
    @Inject CatalogLookup catalog;
    @Inject StoreState state;

    private final AtomicBoolean isLooking = new AtomicBoolean();
    private Simulator simulator;

    void begin(@Observes SchemaReady ready) {
        simulator = new Simulator(store, denials, catalog);
        var unused =
                scheduler.scheduleWithFixedDelay(
                        this::lookSoon, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Lets another thread look. If a connection breaks in the middle of its work, the container
     * counts that as a failure of the thread's task: it would schedule this one no more.
     */
    private void lookSoon() {
        if (!state.isAway() && isLooking.compareAndSet(false, true)) scheduler.execute(this::look);
    }

    private void look() {
        try {
            work(simulator, Thread::sleep);
        } catch (SQLException | RuntimeException e) {
            // The database is away; any node goes on from the same place.
            LOG.log(Level.WARNING, "Simulations do not go on yet: {0}", e.getMessage());
        } catch (InterruptedException e) {
            // The server stops. Any node goes on from here.
            Thread.currentThread().interrupt();
        } finally {
            isLooking.set(false);
        }
    }

    /** How a thread pauses. */
    interface Pause {
        void of(Duration time) throws InterruptedException;
    }

    /** Works on simulations until none is left, unless another node does. */
    void work(Simulator simulator, Pause pause) throws SQLException, InterruptedException {
        try (var connection = owner.getConnection()) {
            if (!asks(connection, "select pg_try_advisory_lock(hashtext(?))")) return;
            try {
                var isMore = true;
                while (isMore) {
                    var begun = Ticks.nanos();
                    isMore = simulator.round(connection);
                    if (isMore) {
                        pause.of(Duration.ofNanos(Ticks.nanos() - begun).multipliedBy(PAUSES));
                    }
                }
            } finally {
                asks(connection, "select pg_advisory_unlock(hashtext(?))");
            }
        }
    }

    private static boolean asks(Connection connection, String sql) throws SQLException {
        return Rows.query(connection, row -> row.getBoolean(1), sql, LOCK).getFirst();
    }
}
