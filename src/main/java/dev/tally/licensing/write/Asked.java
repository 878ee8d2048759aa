package dev.tally.licensing.write;

import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;

/**
 * Under which id a command came, from whom, and on what condition.
 *
 * @param ifMatch the version of the customer that the caller decided from; null: any
 */
public record Asked(CommandId id, Caller caller, String ifMatch) {

    /**
     * A command under its caller's key.
     *
     * @param hash of everything that was asked: the same key with another one is refused
     */
    public static Asked under(String key, String ifMatch, Caller caller, CommandHash hash) {
        return new Asked(new CommandId(key, hash.value()), caller, ifMatch);
    }

    /** A command whose caller gave no key, and so cannot send it again. */
    public static Asked once(String newId, String ifMatch, Caller caller) {
        return new Asked(CommandId.generated(newId), caller, ifMatch);
    }
}
