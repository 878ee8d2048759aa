package dev.tally.availability;

import java.io.Serial;

/**
 * Thrown if the database did not answer. Whether it stored what it was sent is not known, unless it
 * was never asked.
 */
public class StoreUnavailable extends RuntimeException {

    @Serial private static final long serialVersionUID = 1;

    private final Outage outage;

    StoreUnavailable(Outage outage, Throwable cause) {
        super(outage.detail(), cause);
        this.outage = outage;
    }

    public Outage outage() {
        return outage;
    }

    /**
     * The failure as an outage of the store.
     *
     * @param failure such an outage, or the end of a time limit that a command had
     */
    public static StoreUnavailable behind(Throwable failure) {
        return failure instanceof StoreUnavailable outage
                ? outage
                : of(Outage.behind(failure).orElse(Outage.NOT_IN_TIME), failure);
    }

    /** The exception for an outage: {@link StoreAway} if the store as a whole is concerned. */
    public static StoreUnavailable of(Outage outage, Throwable cause) {
        return outage.isOfTheWholeStore()
                ? new StoreAway(outage, cause)
                : new StoreUnavailable(outage, cause);
    }
}
