package dev.tally.availability;

import java.io.Serial;

/** Thrown if the database as a whole does not answer, or is not asked since it did not before. */
public final class StoreAway extends StoreUnavailable {

    @Serial private static final long serialVersionUID = 1;

    StoreAway(Outage outage, Throwable cause) {
        super(outage, cause);
    }
}
