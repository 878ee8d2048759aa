package dev.tally.licensing.write;

import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Decision;

import java.time.Instant;

/**
 * What became of a command.
 *
 * @param account as the command left it
 * @param at when it was decided; a command that is answered again keeps its first time
 * @param current as the account is now, which for a command answered again may be another
 * @param version of the customer now: what {@code If-Match} compares
 * @param again whether it had been answered before
 */
public record Outcome(
        Decision decision,
        Account account,
        Instant at,
        Account current,
        String version,
        boolean again) {}
