package dev.tally.runtime;

/**
 * Thrown if the database answers, but this release cannot work with what is in it. The message says
 * what to do.
 */
final class UnusableDatabase extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnusableDatabase(String message) {
        super(message);
    }
}
