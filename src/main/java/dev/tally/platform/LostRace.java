package dev.tally.platform;

/**
 * Somebody else came first, and nothing of this attempt is stored: the same again, with fresh
 * state, may succeed. What kind of race it was, whoever lost it says by a type of their own, so
 * that retrying need not know them.
 */
public abstract class LostRace extends RuntimeException {

    private static final long serialVersionUID = 1;

    protected LostRace(String message, Throwable cause) {
        super(message, cause);
    }
}
