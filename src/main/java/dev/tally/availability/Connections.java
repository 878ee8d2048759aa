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
 * Lets only as many requests use the database at a time as there are connections, so that a request
 * waits for one no longer than its deadline, and not long at all: while the database hangs,
 * requests with time to spare would keep all threads from those that have none. The container's
 * pool waits for whole seconds, or not at all.
 */
@ApplicationScoped
class Connections {

    /** Connections that are left to the probe and to jobs. */
    private static final int RESERVED = 2;

    /** Longest wait. While the database answers, a request waits for milliseconds. */
    private static final Duration LIMIT = Duration.ofMillis(250);

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
    void take() {
        try {
            if (free.tryAcquire()) return;
            if (free.tryAcquire(Deadline.shorten(LIMIT).toNanos(), TimeUnit.NANOSECONDS)) return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreUnavailable.of(Outage.NOT_IN_TIME, e);
        }
        throw StoreUnavailable.of(Outage.BUSY, null);
    }

    void give() {
        free.release();
    }
}
