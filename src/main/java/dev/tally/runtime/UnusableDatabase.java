package dev.tally.runtime;

/** The database answers, but this release cannot work with what is in it. Says what to do. */
final class UnusableDatabase extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnusableDatabase(String message) {
        super(message);
    }
}
