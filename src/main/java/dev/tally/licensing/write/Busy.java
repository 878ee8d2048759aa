package dev.tally.licensing.write;

/** A command was not decided, since others came first: the same command may be sent again. */
public final class Busy extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** What kept the command from being decided. */
    public enum Reason {
        /** Too many commands of the customer wait in this node. */
        QUEUE_TOO_LONG,
        /** Commands of other nodes were stored first, each time. */
        LOST_EVERY_RACE,
        /** The node stops, and interrupts those who wait. */
        NODE_STOPS
    }

    private final Reason reason;

    Busy(Reason reason) {
        super(reason.name());
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
