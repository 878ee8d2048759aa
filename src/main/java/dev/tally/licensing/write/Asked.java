package dev.tally.licensing.write;

import dev.tally.eventstore.CommandId;

/**
 * Under which id a command came, and on what condition.
 *
 * @param ifMatch the version of the customer that the caller decided from; null: any
 */
public record Asked(String key, int fingerprint, String ifMatch) {

    /**
     * A command's id and condition.
     *
     * @param payload everything that was asked, in a fixed order: the same key with another one is
     *     refused
     */
    public static Asked under(String key, String ifMatch, Object... payload) {
        return new Asked(key, CommandId.of(key, payload).fingerprint(), ifMatch);
    }

    CommandId id() {
        return new CommandId(key, fingerprint);
    }
}
