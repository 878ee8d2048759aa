package dev.tally.eventstore;

/**
 * Which command caused an event.
 *
 * @param key the caller's idempotency key, or a generated id; unique within the customer
 * @param hash of what was asked, which tells a retry from another command under the same key; null:
 *     the key was generated, and nobody can send it again
 */
public record CommandId(String key, Integer hash) {

    /** The id of a command whose caller gave no key. */
    public static CommandId generated(String id) {
        return new CommandId(id, null);
    }

    /** Whether a caller chose the key, and may send the command again. */
    public boolean isGiven() {
        return hash != null;
    }
}
