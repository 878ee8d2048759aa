package dev.tally.licensing.denials;

import dev.tally.availability.Outage;
import dev.tally.availability.StoreState;
import dev.tally.deadline.Deadline;
import dev.tally.runtime.Ids;
import dev.tally.runtime.SchemaReady;
import dev.tally.runtime.Ticks;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.Asynchronous;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.Schedule;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps denials: it takes them at once, and stores them every second while the database is there.
 */
@ApplicationScoped
public class DenialKeeper {

    private static final Logger LOG = Logger.getLogger(DenialKeeper.class.getName());

    /** Most rows of a statement: more would hold their locks for longer than others wait. */
    static final int BATCH_ROWS = 200;

    /** Longest time that a node which stops takes to store what waits. */
    static final Duration STOP_LIMIT = Duration.ofSeconds(2);

    @Inject DenialTable table;
    @Inject KeeperMetrics metrics;
    @Inject StoreState store;
    @Inject DenialKeeper self;

    @Resource ManagedExecutorService executor;

    private final DenialQueue queue = new DenialQueue();

    /** Lock of whoever stores. It guards the fields below. */
    private final ReentrantLock storing = new ReentrantLock();

    /** The batch whose commit was not answered, and the number of its transaction; else null. */
    private Unanswered unanswered;

    /** The failure that was logged last, until a batch is stored; else null. */
    private String logged;

    private volatile boolean migrated;

    private record Unanswered(List<Waiting> batch, String transaction) {}

    /** Notes the transaction of a batch before it is committed. */
    private static final class Commit {

        private final List<Waiting> batch;
        private Unanswered begun;

        Commit(List<Waiting> batch) {
            this.batch = batch;
        }

        void begin(String transaction) {
            begun = new Unanswered(batch, transaction);
        }
    }

    @PostConstruct
    void show() {
        metrics.show(queue);
    }

    void schedule(@Observes Startup started) {
        self.tick();
    }

    void atStart(@Observes SchemaReady ready) {
        migrated = true;
    }

    /** Keeps a denial. It waits for nothing, and is lost if too many others wait. */
    public void keep(Denial denial) {
        if (!queue.add(Waiting.of(denial, Ids.next(), Ticks.nanos()))) metrics.lost(1);
    }

    /**
     * Lets another thread store what waits. If a connection breaks in the middle of a transaction,
     * the container cannot end it after the work, and counts that as a failure of the thread's
     * task; it would not call this method again.
     *
     * <p>The container schedules the method because it is public and called through the proxy.
     */
    @Asynchronous(runAt = @Schedule(cron = "* * * * * *"))
    public void tick() {
        if (migrated && !store.isAway()) executor.execute(this::storeAll);
    }

    /** Stores what waits while the data source is still there. */
    void stop(@Observes Shutdown shutdown) {
        if (!migrated) return;
        try {
            if (storing.tryLock(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    Deadline.run(STOP_LIMIT, () -> storeAll());
                } finally {
                    storing.unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (queue.size() > 0) {
            LOG.log(Level.WARNING, "{0} rows of denials are lost with this node", queue.size());
        }
    }

    /**
     * Stores what waits, unless another thread does.
     *
     * @return true if nothing waits any more
     */
    boolean storeAll() {
        if (!storing.tryLock()) return false;
        try {
            if (!isSettled()) return false;
            for (var batch = queue.take(BATCH_ROWS);
                    !batch.isEmpty();
                    batch = queue.take(BATCH_ROWS)) {
                store(batch);
            }
            logged = null;
            return true;
        } catch (RuntimeException e) {
            // Logged once: the next tries, every second, would only say the same.
            var reason = Outage.reason(e);
            var level = reason.equals(logged) ? Level.FINE : Level.WARNING;
            logged = reason;
            LOG.log(level, "Denials are not stored yet: {0}", reason);
            return false;
        } finally {
            storing.unlock();
        }
    }

    private void store(List<Waiting> batch) {
        var commit = new Commit(batch);
        try {
            var done = table.keep(batch, Ticks.nanos(), commit::begin);
            metrics.kept(done.kept());
            metrics.lost(done.withoutPlace());
        } catch (RuntimeException e) {
            if (commit.begun != null) {
                unanswered = commit.begun;
            } else if (Outage.behind(e).isPresent()) {
                metrics.lost(queue.putBack(batch));
            } else {
                // The database refuses the batch itself, and would refuse it again.
                metrics.lost(count(batch));
            }
            throw e;
        }
    }

    /** Finds out what became of the commit that was not answered; false if it is under way. */
    private boolean isSettled() {
        if (unanswered == null) return true;
        var batch = unanswered.batch();
        switch (table.fate(unanswered.transaction())) {
            case COMMITTED -> metrics.kept(count(batch));
            case ABORTED -> metrics.lost(queue.putBack(batch));
            case FORGOTTEN -> metrics.lost(count(batch));
            case UNDER_WAY -> {
                return false;
            }
        }
        unanswered = null;
        return true;
    }

    private static long count(List<Waiting> batch) {
        return batch.stream().mapToLong(Waiting::count).sum();
    }
}
