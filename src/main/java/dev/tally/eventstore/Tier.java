package dev.tally.eventstore;

/** Where to look for history. */
public enum Tier {
    /** The young partitions only: quick, whatever the customer's age. */
    HOT,
    /** The old ones only. */
    ARCHIVE,
    /** Everywhere, in one order. */
    ALL
}
