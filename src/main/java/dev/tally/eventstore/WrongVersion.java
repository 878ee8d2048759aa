package dev.tally.eventstore;

import dev.tally.platform.LostRace;

/**
 * Another command of the customer was stored first: nothing of this one is. Try with fresh state.
 */
public final class WrongVersion extends LostRace {

    private static final long serialVersionUID = 1;

    public WrongVersion(String customerId, Throwable cause) {
        super("another command of customer " + customerId + " was stored first", cause);
    }
}
