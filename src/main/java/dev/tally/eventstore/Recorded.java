package dev.tally.eventstore;

import java.time.Instant;

/**
 * One event as it is stored.
 *
 * @param seq counts the customer's events, without gap, whatever the generation
 * @param at server time of the command, the same for all its events and later than every command
 *     before it; microseconds
 * @param command null: one of those before it in the same command says it
 * @param event one of the records that a mapper is registered for
 */
public record Recorded(
        int seq, int generation, Instant at, Aggregate aggregate, CommandId command, Record event) {

    /** Unique within the customer, for ever: the event's number as text. */
    public String id() {
        return Integer.toString(seq);
    }
}
