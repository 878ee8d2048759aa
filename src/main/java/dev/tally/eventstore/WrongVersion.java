package dev.tally.eventstore;

/**
 * Another command of the customer was stored first: nothing of this one is. Try with fresh state.
 */
public final class WrongVersion extends RuntimeException {

    private static final long serialVersionUID = 1;

    public WrongVersion(String customerId, Throwable cause) {
        super("another command of customer " + customerId + " was stored first", cause);
    }
}
