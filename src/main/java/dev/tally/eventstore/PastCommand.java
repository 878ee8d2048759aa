package dev.tally.eventstore;

import java.time.Instant;

/**
 * A command that the history remembers.
 *
 * @param at time of the command's events; the state as of it is what the command left
 * @param report true if a device reported it; reports are remembered beside other commands, so that
 *     neither displaces the other
 */
public record PastCommand(CommandId id, Instant at, boolean report) {}
