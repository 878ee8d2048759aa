package dev.tally.eventstore;

import java.time.Instant;

/**
 * One event as it is stored.
 *
 * @param seq number among the customer's events, without gaps, across generations
 * @param at server time of the command in microseconds, the same for all its events and later than
 *     every command before it
 * @param command id of the command; null if an earlier event of the same command has it
 * @param event one of the records that a mapper is registered for
 */
public record Recorded(
        int seq, int generation, Instant at, Aggregate aggregate, CommandId command, Record event) {

    /** The event's number as text, unique within the customer for ever. */
    public String id() {
        return Integer.toString(seq);
    }
}
