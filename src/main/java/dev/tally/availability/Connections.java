package dev.tally.availability;

import dev.tally.deadline.Deadline;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.time.Duration;

/**
 * Lets only as many requests use the database at a time as there are connections. A request waits
 * for one no longer than half the time that it has left, so that the database has the other half,
 * and no longer than the store is there: while the database hangs, requests with time to spare
 * would keep all threads from those that have none. The container's pool waits for whole seconds,
 * or not at all.
 *
 * <p>Fewer requests use it at a time while its answers come too late. Each of those costs a
 * connection, and a new one has to sign in and to plan its statements anew: under a load that node
 * and database do not carry, connections would cost more than requests. Waiting costs nothing.
 */
@ApplicationScoped
class Connections {

    /** Connections that are left to the probe and to jobs. */
    private static final int RESERVED = 2;

    /**
     * Time after which a request that waits makes the probe ask, and looks whether the store is
     * still there. While all is well, a request waits for milliseconds.
     */
    private static final Duration LOOK = Duration.ofMillis(200);

    @Inject StoreState store;
    @Inject MetricRegistry metrics;

    @Inject
    @ConfigProperty(name = "TALLY_DB_POOL_SIZE", defaultValue = "16")
    int poolSize;

    private ConcurrencyLimit limit;

    @PostConstruct
    void prepare() {
        limit = new ConcurrencyLimit(Math.max(1, poolSize - RESERVED));
        metrics.gauge(
                Metadata.builder()
                        .withName("tally.store.concurrency.limit")
                        .withDescription(
                                "Requests that may use the database at a time: fewer while it is"
                                        + " late.")
                        .build(),
                limit,
                ConcurrencyLimit::get);
    }

    /**
     * Waits until a connection is free; {@link #give} has to follow.
     *
     * @throws StoreUnavailable if none is in time
     */
    public void take() {
        if (limit.isFree()) return;
        var patience = Deadline.shorten(GuardedUse.LIMIT).dividedBy(2);
        for (var left = patience; left.isPositive(); left = left.minus(LOOK)) {
            if (isFreeWithin(left.compareTo(LOOK) < 0 ? left : LOOK)) return;
            store.refuseIfAway();
            store.doubt();
        }
        throw StoreUnavailable.of(Outage.BUSY, null);
    }

    private boolean isFreeWithin(Duration wait) {
        try {
            return limit.isFreeWithin(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreUnavailable.of(Outage.NOT_IN_TIME, e);
        }
    }

    public void give() {
        limit.give();
    }

    /** Notes that the database has answered in time. */
    public void timely() {
        limit.timely();
    }

    /** Notes that the database did not answer in time. */
    public void late() {
        limit.late();
    }
}
