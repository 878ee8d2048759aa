package dev.tally.eventstore;

/**
 * Id of the command that caused an event.
 *
 * @param key the caller's idempotency key, or a generated id; unique within the customer
 * @param hash hash of what was asked, which tells a retry from another command under the same key;
 *     null if the key was generated, since nobody can send it again
 */
public record CommandId(String key, Integer hash) {

    /** The id of a command whose caller gave no key. */
    public static CommandId generated(String id) {
        return new CommandId(id, null);
    }

    /** True if a caller chose the key, and so may send the command again. */
    public boolean isGiven() {
        return hash != null;
    }
}
