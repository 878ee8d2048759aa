package dev.tally.eventstore;

import java.time.Instant;

/**
 * Thrown if a customer's past state cannot be told any more: events that it was made of have been
 * retired.
 */
public final class HistoryRetired extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Instant until;

    /**
     * @param until time since which all events are there
     */
    public HistoryRetired(Instant until) {
        super("Events from before " + until + " that this was made of have been retired.");
        this.until = until;
    }

    /** Time since which all events are there. */
    public Instant until() {
        return until;
    }
}
