package dev.tally.eventstore;

/**
 * One aggregate of a customer. The id alone does not name it: clients name both sessions and
 * devices, and a session and a device may have the same id.
 */
public record Aggregate(AggregateType type, String id) {}
