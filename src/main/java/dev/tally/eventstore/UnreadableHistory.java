package dev.tally.eventstore;

/**
 * Thrown if a customer's history holds an event that this version cannot read: a newer version
 * wrote it, its bytes are damaged, or it is missing. Nothing is guessed, and nothing is stored for
 * that customer.
 */
public final class UnreadableHistory extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int seq;

    public UnreadableHistory(String customerId, int seq, String why) {
        super("Event %d of customer %s cannot be read: %s".formatted(seq, customerId, why));
        this.seq = seq;
    }

    /** The number of the event. */
    public int seq() {
        return seq;
    }
}
