package dev.tally.licensing.write;

/**
 * Thrown if a command was not decided, since others came first. The same command may be sent again.
 */
public final class Busy extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Cause that kept the command from being decided. */
    public enum Reason {
        /** Too many commands of the customer wait in this node. */
        QUEUE_TOO_LONG,
        /** Commands of other nodes were stored first, each time. */
        LOST_EVERY_RACE,
        /** The node stops, and interrupts commands that wait. */
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
