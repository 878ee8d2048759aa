package dev.tally.eventstore;

/**
 * Thrown if another command of the customer was stored first. Nothing of this one is stored: read
 * again and decide anew.
 */
public final class WrongVersion extends RuntimeException {

    private static final long serialVersionUID = 1;

    public WrongVersion(String customerId, Throwable cause) {
        super("another command of customer " + customerId + " was stored first", cause);
    }
}
