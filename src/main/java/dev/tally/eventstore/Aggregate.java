package dev.tally.eventstore;

/**
 * One aggregate of a customer. Its id alone does not name it: a session and a device, both named by
 * clients, may have the same.
 */
public record Aggregate(AggregateType type, String id) {}
