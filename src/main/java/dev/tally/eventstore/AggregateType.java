package dev.tally.eventstore;

/**
 * A kind of aggregate, as its feature names it. Number and name never change: rows hold the number,
 * people see the name.
 *
 * @param number number that rows hold, from 1 to 32,767
 */
public record AggregateType(int number, String name) {}
