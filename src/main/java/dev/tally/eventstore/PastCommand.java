package dev.tally.eventstore;

import java.time.Instant;

/**
 * A command that is in the history.
 *
 * @param at the time of its events: as of it, the state is what the command left
 * @param report whether a device reported it; reports are remembered beside other commands, so that
 *     neither displaces the other
 */
public record PastCommand(CommandId id, Instant at, boolean report) {}
