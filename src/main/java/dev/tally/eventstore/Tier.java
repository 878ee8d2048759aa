package dev.tally.eventstore;

/** Storage tier in which a history is searched. */
public enum Tier {
    /** The young partitions only: quick, however long the history. */
    HOT,
    /** The old partitions only. */
    ARCHIVE,
    /** All partitions, in one order. */
    ALL
}
