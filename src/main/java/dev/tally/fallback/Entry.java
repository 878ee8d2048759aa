package dev.tally.fallback;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * One answer that was given without the database, and waits to be taken into it.
 *
 * @param id unique among all nodes, for ever; entries of one instant come in the order of their ids
 * @param at time of the answer; it is kept in microseconds
 * @param content what the answer was; the journal does not look into it
 */
@SuppressWarnings("ArrayRecordComponent") // compared by its id
public record Entry(String id, String customerId, Instant at, byte[] content) {

    public Entry {
        at = at.truncatedTo(ChronoUnit.MICROS);
    }
}
