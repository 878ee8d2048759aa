package dev.tally.timeline.export;

import dev.tally.eventstore.Head;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Account;

import java.time.Instant;

/**
 * A customer at the moment at which an export begins.
 *
 * @param account the account as the titles' availability lets it be
 * @param at time that the account is told for
 * @param head where the history stands: later events are left out
 */
public record Exported(CustomerId customer, Account account, Instant at, Head head) {}
