package dev.tally.eventstore.codec;

/**
 * Thrown if bytes are not what their mapper writes: they are damaged, or a newer version wrote
 * them.
 */
public final class UnreadableBytes extends RuntimeException {

    private static final long serialVersionUID = 1;

    UnreadableBytes(String message) {
        super(message);
    }

    UnreadableBytes(String message, Throwable cause) {
        super(message, cause);
    }
}
