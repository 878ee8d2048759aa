package dev.tally.eventstore;

/**
 * A kind of aggregate, as the feature that has it names it. Number and name are given once and for
 * ever: rows hold the number, people see the name.
 *
 * @param number from 1 to 32,767
 */
public record AggregateType(int number, String name) {}
