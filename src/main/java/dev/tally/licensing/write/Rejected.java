package dev.tally.licensing.write;

/** Thrown if a command cannot be decided as it was asked. Nothing was written. */
public final class Rejected extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Reason for which the command was rejected. */
    public enum Reason {
        UNKNOWN_TITLE,
        UNKNOWN_PLAN,
        UNKNOWN_LICENSE,
        UNKNOWN_DEVICE,
        /** The device's time lies further in the future than clocks may differ. */
        CLOCK_SKEW,
        /** The idempotency key was used for another command. */
        KEY_REUSED,
        /** The customer's history is not at the version that the caller asked for. */
        PRECONDITION_FAILED
    }

    private final Reason reason;

    public Rejected(Reason reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
