package dev.tally.eventstore;

import java.time.Instant;

/**
 * One event as it is stored.
 *
 * @param seq counts through the stream from 1, without gap, whatever the generation
 * @param at server time of the append, strictly growing in a stream; microseconds
 * @param event one of the records that a mapper is registered for
 */
public record Recorded(
        StreamType type,
        int generation,
        int seq,
        Instant at,
        String aggregateId,
        CommandId command,
        Record event) {

    /** Unique within the customer: {@code License:3:1042}. */
    public String id() {
        return type.label() + ":" + generation + ":" + seq;
    }
}
