package dev.tally.eventstore.postgres;

import jakarta.enterprise.context.ApplicationScoped;

import java.time.Instant;

/**
 * The start of the oldest hot partition: the lower time bound of every hot read, known before the
 * query is sent, so that PostgreSQL prunes when it plans.
 */
@ApplicationScoped
public class HotWindow {

    private volatile Instant start = Instant.EPOCH;

    public Instant start() {
        return start;
    }

    public void startsAt(Instant oldestHotPartition) {
        start = oldestHotPartition;
    }
}
