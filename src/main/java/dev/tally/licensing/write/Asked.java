package dev.tally.licensing.write;

import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;

/**
 * Id, sender and condition of a command.
 *
 * @param ifMatch version of the customer that the caller decided from; null: any
 */
public record Asked(CommandId id, Caller caller, String ifMatch) {

    /**
     * The id and sender of a command that came under its caller's key.
     *
     * @param hash hash of everything that was asked; the same key with another hash is refused
     */
    public static Asked under(String key, String ifMatch, Caller caller, CommandHash hash) {
        return new Asked(new CommandId(key, hash.value()), caller, ifMatch);
    }

    /** The id and sender of a command that came without a key, and so cannot be sent again. */
    public static Asked once(String newId, String ifMatch, Caller caller) {
        return new Asked(CommandId.generated(newId), caller, ifMatch);
    }
}
