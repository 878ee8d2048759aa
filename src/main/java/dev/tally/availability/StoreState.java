package dev.tally.availability;

import dev.tally.runtime.Schema;
import dev.tally.runtime.Ticks;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The node's knowledge of its database: whether it answers, and if not, since when and why. */
@ApplicationScoped
public class StoreState {

    private static final Logger LOG = Logger.getLogger(StoreState.class.getName());

    @Inject Schema schema;
    @Inject InstantSource clock;
    @Inject MetricRegistry metrics;

    /**
     * An outage that goes on.
     *
     * @param outage how the last use of the database, or the last probe, failed
     */
    public record Away(Instant since, Outage outage) {}

    /** Time since which the database is not asked; null: it is. */
    private final AtomicReference<Instant> since = new AtomicReference<>();

    /** True on a thread that uses the database before anybody else does. */
    private final ThreadLocal<Boolean> isFirst = ThreadLocal.withInitial(() -> false);

    /** True if a request has waited longer for a connection than while all is well. */
    private volatile boolean isInDoubt;

    private volatile Outage last = Outage.UNREACHABLE;

    /** The driver's words about the last failure. */
    private volatile String said = "";

    /** How the database has failed since it is away, as far as that is logged. */
    private final Set<Outage> logged = ConcurrentHashMap.newKeySet();

    private Counter failures;

    /** Moment at which the database came back last; null: it never was away. */
    private volatile Long backAt;

    void showAtStart(@Observes Startup started) {
        // The call alone registers the metrics: operators see them before the first outage.
    }

    @PostConstruct
    void register() {
        metrics.gauge(
                named("tally.store.away", "1 while the database is not asked, else 0."),
                this,
                state -> state.isAway() ? 1 : 0);
        failures =
                metrics.counter(
                        named("tally.store.failures", "Uses of the database that it failed."));
    }

    private static Metadata named(String name, String description) {
        return Metadata.builder().withName(name).withDescription(description).build();
    }

    /** The outage that goes on; empty if the database is asked. */
    public Optional<Away> away() {
        var begun = since.get();
        if (begun != null) return Optional.of(new Away(begun, last));
        return schema.version().isPresent()
                ? Optional.empty()
                : Optional.of(new Away(clock.instant(), Outage.PREPARING));
    }

    public boolean isAway() {
        return since.get() != null || schema.version().isEmpty();
    }

    /** Throws {@link StoreAway} while the database is not asked. */
    public void refuseIfAway() {
        if (!isAway() || isFirst.get()) return;
        throw new StoreAway(away().map(Away::outage).orElse(last), null);
    }

    /** Does something with a database that has answered, before anybody else may use it. */
    void first(Runnable work) {
        isFirst.set(true);
        try {
            work.run();
        } finally {
            isFirst.remove();
        }
    }

    /** Notes that requests wait for connections, so that the probe finds out why. */
    void doubt() {
        isInDoubt = true;
    }

    boolean isInDoubt() {
        return isInDoubt;
    }

    /** Notes that the probe has found out. */
    void settle() {
        isInDoubt = false;
    }

    /**
     * Notes how a use of the database failed, in case that the circuit opens. While the database is
     * away, each way in which it fails is logged once: the first is seldom the one that lasts.
     */
    void failed(StoreAway failure) {
        last = failure.outage();
        said = Outage.reason(failure.getCause() == null ? failure : failure.getCause());
        failures.inc();
        if (since.get() != null && logged.add(last)) {
            LOG.log(
                    Level.WARNING,
                    "The store is still away: {0} ({1})",
                    new Object[] {last.detail(), said});
        }
    }

    /** Notes that the circuit is open. */
    StoreAway opened(Throwable cause) {
        leave(last, "too many requests failed");
        return new StoreAway(last, cause);
    }

    /** Notes that the database does not answer, and how it failed whoever found out. */
    void leave(Outage outage, String why) {
        if (since.get() == null) last = outage;
        if (!since.compareAndSet(null, clock.instant())) return;
        logged.add(last);
        LOG.log(
                Level.WARNING,
                "The store is away, and not asked until it answers a probe: {0} ({1}; {2})",
                new Object[] {last.detail(), why, said});
    }

    /** True if the database has come back since a moment of {@link Ticks}. */
    boolean hasComeBackSince(long ticks) {
        return backAt != null && backAt - ticks > 0;
    }

    /** Notes that the database answers and takes writes. */
    void comeBack() {
        if (since.get() == null) return;
        backAt = Ticks.nanos();
        var begun = since.getAndSet(null);
        if (begun == null) return;
        logged.clear();
        LOG.log(
                Level.INFO,
                "The store is back after {0}",
                Duration.between(begun, clock.instant()));
    }
}
