package dev.tally.eventstore;

import java.time.Instant;

/**
 * Which events of a customer, and how many at most. They come in the order of their numbers.
 *
 * @param from the first time that belongs to it; null: from the beginning
 * @param to the first time that does not; null: to the end
 * @param aggregateType name of the type of aggregates; null: of all types
 * @param aggregateId only of aggregates with this id; null: of all
 * @param after only events with a greater number
 * @param limit events at most
 */
public record HistoryQuery(
        String customerId,
        Tier tier,
        Instant from,
        Instant to,
        String aggregateType,
        String aggregateId,
        int after,
        int limit) {}
