package dev.tally.eventstore;

import java.time.Instant;

/**
 * Asks for events of a customer, in the order of their numbers.
 *
 * @param from earliest time of an event; null: from the beginning
 * @param to time before which all events lie; null: to the end
 * @param aggregateType name of the aggregates' type; null: all types
 * @param aggregateId id of the aggregates; null: all
 * @param after number that the events' numbers exceed
 * @param limit most events to return
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
