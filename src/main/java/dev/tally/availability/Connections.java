package dev.tally.availability;

import dev.tally.deadline.Deadline;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets only as many requests use the database at a time as there are connections. A request waits
 * for one no longer than half the time that it has left, so that the database has the other half,
 * and no longer than the store is there: while the database hangs, requests with time to spare
 * would keep all threads from those that have none. The container's pool waits for whole seconds,
 * or not at all.
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

    @Inject
    @ConfigProperty(name = "TALLY_DB_POOL_SIZE", defaultValue = "16")
    int poolSize;

    private Semaphore free;

    @PostConstruct
    void prepare() {
        free = new Semaphore(Math.max(1, poolSize - RESERVED), true);
    }

    /**
     * Waits until a connection is free; {@link #give} has to follow.
     *
     * @throws StoreUnavailable if none is in time
     */
    public void take() {
        if (free.tryAcquire()) return;
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
            return free.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreUnavailable.of(Outage.NOT_IN_TIME, e);
        }
    }

    public void give() {
        free.release();
    }
}
