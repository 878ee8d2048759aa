package dev.tally.availability;

import dev.tally.runtime.Ticks;

import jakarta.enterprise.context.ApplicationScoped;

import java.time.Duration;

/**
 * The pace of work in the background that may take hours: it has the database nearly to itself
 * while this node has no requests, and a quarter of one connection's time while it has. Otherwise
 * counting a day's events would slow every command down for as long as it takes.
 *
 * <p>The requests of other nodes are not seen. A node that nobody asks works at full pace, with one
 * connection.
 */
@ApplicationScoped
public class Pace {

    /** Time after a request in which the next is expected. */
    static final Duration EXPECTED = Duration.ofSeconds(1);

    /** Rest after work beside requests, in times of the work. */
    static final int BESIDE_REQUESTS = 3;

    /** Rest after work that is alone, as a part of the work: one of so many. */
    static final int ALONE = 4;

    /** Moment of {@link Ticks} at which the last request came. */
    private volatile long lastRequest = Ticks.nanos() - EXPECTED.toNanos();

    /** Notes that a request has come. */
    public void requestCame() {
        lastRequest = Ticks.nanos();
    }

    /**
     * The rest that is due.
     *
     * @param worked time of the work since the last rest
     */
    public Duration restAfter(Duration worked) {
        return Ticks.nanos() - lastRequest < EXPECTED.toNanos()
                ? worked.multipliedBy(BESIDE_REQUESTS)
                : worked.dividedBy(ALONE);
    }
}
