package dev.tally.fallback;

/**
 * Thrown if the journal cannot do what was asked: the disk is full, the file broken or not open,
 * the limit of entries reached, or the disk too slow. An entry that was to be appended is not there
 * and will not appear, with one exception: if the node dies while a slow disk still writes it, it
 * may be found at the next start. So a caller who tries again uses the same key.
 */
public final class JournalUnavailable extends RuntimeException {

    private static final long serialVersionUID = 1L;

    JournalUnavailable(String message) {
        super(message);
    }

    JournalUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
