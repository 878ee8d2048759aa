package dev.tally.licensing.write;

import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;

import java.time.Instant;

/**
 * What became of a command.
 *
 * @param account as the command left it
 * @param at when it was decided; a command that is answered again keeps its first time
 * @param current as the account is now, which for a command answered again may be another
 * @param version of the customer now: what {@code If-Match} compares
 */
public record Outcome(
        Kind kind,
        Decision decision,
        Account account,
        Instant at,
        Account current,
        String version) {

    /** What was done for the answer. */
    public enum Kind {
        /** Events were stored. */
        STORED,
        /** Nothing was stored: it was denied, or is so already. */
        NOT_STORED,
        /** It had been stored before, and is answered again. */
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

    /** Whether it had been answered before. */
    public boolean again() {
        return kind == Kind.AGAIN;
    }
}
