package dev.tally.licensing.write;

import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;

import java.time.Instant;

/**
 * Outcome of a command.
 *
 * @param account the account as the command left it
 * @param at time of the decision; a command that is answered again keeps its first time
 * @param current the account as it is now, which for a command answered again may be another
 * @param version version of the customer now, which {@code If-Match} is compared with
 */
public record Outcome(
        Kind kind,
        Decision decision,
        Account account,
        Instant at,
        Account current,
        String version) {

    /** Source of the answer. */
    public enum Kind {
        /** Events were stored. */
        STORED,
        /** Nothing was stored: the command was denied, or changes nothing. */
        NOT_STORED,
        /** The command had been stored before, and is answered again. */
        AGAIN
    }

    static Outcome of(Decision decision, Account account, Instant at, String version) {
        return new Outcome(Kind.NOT_STORED, decision, account, at, account, version);
    }

    static Outcome stored(Allowed decision, Account account, Instant at, String version) {
        return new Outcome(Kind.STORED, decision, account, at, account, version);
    }

    static Outcome again(
            Allowed decision, Account then, Instant at, Account current, String version) {
        return new Outcome(Kind.AGAIN, decision, then, at, current, version);
    }

    boolean isStored() {
        return kind == Kind.STORED;
    }

    /** True if the command had been stored before, and is answered again. */
    public boolean again() {
        return kind == Kind.AGAIN;
    }
}
