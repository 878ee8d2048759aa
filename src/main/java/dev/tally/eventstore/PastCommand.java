package dev.tally.eventstore;

import java.time.Instant;

/**
 * A command that is in the history.
 *
 * @param at the time of its last event: as of it, the state is what the command left
 */
public record PastCommand(CommandId id, Instant at) {}
