package dev.tally.licensing.write;

import java.time.Duration;
import java.time.Instant;

/** Thrown if a command cannot be decided as it was asked. Nothing was written. */
public final class Rejected extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Reason for which the command was rejected. */
    public enum Reason {
        UNKNOWN_TITLE,
        UNKNOWN_PLAN,
        UNKNOWN_LICENSE,
        UNKNOWN_DEVICE,
        UNKNOWN_DOWNLOAD,
        /** A policy is for a studio of which there is no title. */
        UNKNOWN_STUDIO,
        /** A policy sets what no policy can, or has a version that there is not. */
        INVALID_POLICY,
        /** The device's time lies further in the future than clocks may differ. */
        CLOCK_SKEW,
        /** The idempotency key was used for another command. */
        KEY_REUSED,
        /** The customer's history is not at the version that the caller asked for. */
        PRECONDITION_FAILED
    }

    private final Reason reason;
    private final Instant serverTime;

    public Rejected(Reason reason, String detail) {
        this(reason, detail, null);
    }

    private Rejected(Reason reason, String detail, Instant serverTime) {
        super(detail);
        this.reason = reason;
        this.serverTime = serverTime;
    }

    /** A device's time that is more than the tolerance after the server's. */
    static Rejected clockSkew(Duration tolerance, Instant serverTime) {
        return new Rejected(
                Reason.CLOCK_SKEW,
                "occurredAt is more than " + tolerance + " after the server's time",
                serverTime);
    }

    /** Time that completes the sentence of the message; null: the message is complete. */
    public Instant serverTime() {
        return serverTime;
    }

    public Reason reason() {
        return reason;
    }
}
