package dev.tally.eventstore;

import java.time.Instant;

/**
 * Which events of a customer, and how many at most. They come in the order of their time.
 *
 * @param from the first time that belongs to it; null: from the beginning
 * @param to the first time that does not; null: to the end
 * @param aggregateId only of this license, download or device; null: of all
 * @param after only what comes after this place; null: from the first
 * @param limit events at most
 */
public record HistoryQuery(
        String customerId,
        Tier tier,
        Instant from,
        Instant to,
        String aggregateId,
        Place after,
        int limit) {

    /** Where an event stands among all events of the customer, for ever. */
    public record Place(Instant at, StreamType type, int seq) {

        public static Place of(Recorded event) {
            return new Place(event.at(), event.type(), event.seq());
        }
    }
}
