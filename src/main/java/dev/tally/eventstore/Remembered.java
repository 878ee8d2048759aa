package dev.tally.eventstore;

import java.time.Instant;

/**
 * What a node's memory has of a customer.
 *
 * @param history the customer's history, which may be outdated
 * @param confirmedAt latest time at which the database had nothing else, by the node's clock
 */
public record Remembered<S>(History<S> history, Instant confirmedAt) {}
