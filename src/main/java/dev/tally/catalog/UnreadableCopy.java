package dev.tally.catalog;

/**
 * Thrown if this node's copy of the catalogue turns out to be unreadable while it is being used.
 * From then on, there is no copy until the database can be reached.
 */
public final class UnreadableCopy extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnreadableCopy(Throwable cause) {
        super("The copy of the catalogue cannot be read", cause);
    }
}
