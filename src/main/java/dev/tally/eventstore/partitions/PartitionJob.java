package dev.tally.eventstore.partitions;

import dev.tally.eventstore.EventStore;
import dev.tally.runtime.SchemaReady;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.Asynchronous;
import jakarta.enterprise.concurrent.Schedule;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.Period;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/** Runs the {@link Archiver}: at start, at every interval, and when an operator asks for it. */
@ApplicationScoped
public class PartitionJob {

    /** Months beyond the current one that have partitions. */
    static final int MONTHS_AHEAD = 3;

    /** Most rows of a batch: more would be a transaction of many seconds. */
    private static final int MAX_BATCH_ROWS = 100_000;

    private static final int MAX_CHECKED_CUSTOMERS = 10_000;

    private static final Logger LOG = Logger.getLogger(PartitionJob.class.getName());

    @Resource(lookup = "jdbc/tallyOwner")
    DataSource owner;

    @Inject EventStore store;
    @Inject Partitions partitions;
    @Inject PartitionMetrics metrics;
    @Inject InstantSource clock;
    @Inject PartitionJob self;

    @Inject
    @ConfigProperty(name = "tally.archive.interval", defaultValue = "PT1M")
    Duration interval;

    @Inject
    @ConfigProperty(name = "tally.archive.hot-window")
    Period hotWindow;

    @Inject
    @ConfigProperty(name = "tally.archive.tablespace")
    Optional<String> tablespace;

    @Inject
    @ConfigProperty(name = "tally.archive.retention")
    Optional<Period> retention;

    @Inject
    @ConfigProperty(name = "tally.archive.grace", defaultValue = "P30D")
    Period grace;

    @Inject
    @ConfigProperty(name = "tally.archive.rewrite-after", defaultValue = "P7D")
    Period rewriteAfter;

    @Inject
    @ConfigProperty(name = "tally.archive.batch-rows", defaultValue = "10000")
    int batchRows;

    @Inject
    @ConfigProperty(name = "tally.archive.batch-pause", defaultValue = "PT0.1S")
    Duration batchPause;

    @Inject
    @ConfigProperty(name = "tally.archive.checked-customers", defaultValue = "10")
    int checkedCustomers;

    @Inject
    @ConfigProperty(name = "tally.denial.retention", defaultValue = "P90D")
    Period denialRetention;

    private final AtomicBoolean running = new AtomicBoolean();

    /** True if a run was asked for that has not begun. */
    private final AtomicBoolean again = new AtomicBoolean();

    private Archiver archiver;
    private volatile boolean migrated;
    private volatile Instant lastTick = Instant.EPOCH;

    @PostConstruct
    void prepare() {
        var settings =
                new ArchiveSettings(
                        MONTHS_AHEAD,
                        hotWindow,
                        tablespace.orElse(null),
                        retention.orElse(null),
                        grace,
                        rewriteAfter,
                        Math.clamp(batchRows, 1, MAX_BATCH_ROWS),
                        batchPause,
                        Math.clamp(checkedCustomers, 0, MAX_CHECKED_CUSTOMERS),
                        denialRetention);
        archiver = new Archiver(owner, store, clock, settings);
    }

    void schedule(@Observes Startup started) {
        self.tick();
    }

    void atStart(@Observes SchemaReady ready) {
        migrated = true;
        self.runNow();
    }

    /**
     * Looks every five seconds whether a run is due. The container schedules the method only
     * because it is public and called through the proxy.
     */
    @Asynchronous(runAt = @Schedule(cron = "*/5 * * * * *"))
    public void tick() {
        if (!migrated || lastTick.plus(interval).isAfter(clock.instant())) return;
        lastTick = clock.instant();
        self.runNow();
        // A run can take long, and the metrics do not wait for it.
        measure();
    }

    /**
     * Starts a run on a thread of its own. If one is under way, another one follows it, because the
     * first may be past what is asked for now.
     */
    @Asynchronous
    public void runNow() {
        again.set(true);
        while (again.get() && running.compareAndSet(false, true)) run();
    }

    private void run() {
        again.set(false);
        try {
            archiver.run();
            metrics.update(partitions);
        } catch (SQLException | RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "The partitions are not looked after; next try in " + interval,
                    e);
        } catch (InterruptedException e) {
            // The server stops. The next run goes on from here.
            Thread.currentThread().interrupt();
        } finally {
            running.set(false);
        }
    }

    private void measure() {
        try {
            metrics.update(partitions);
        } catch (RuntimeException e) {
            // The run logs this too, as a warning.
            LOG.log(Level.FINE, "The partitions could not be measured", e);
        }
    }
}
