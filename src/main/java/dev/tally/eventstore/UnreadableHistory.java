package dev.tally.eventstore;

/**
 * Thrown if a customer's history holds an event that this version cannot read: a newer version
 * wrote it, its bytes are damaged, or it is missing. The same goes for what waits to become part of
 * the history. Nothing is guessed, and nothing is stored for that customer.
 */
public final class UnreadableHistory extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String what;

    /**
     * @param seq number of the event
     */
    public UnreadableHistory(String customerId, int seq, String why) {
        this(customerId, "Event " + seq, why);
    }

    /**
     * @param what part of the history, such as "Event 12"
     */
    public UnreadableHistory(String customerId, String what, String why) {
        super("%s of customer %s cannot be read: %s".formatted(what, customerId, why));
        this.what = what;
    }

    /** The part that cannot be read, such as "Event 12". */
    public String what() {
        return what;
    }
}
