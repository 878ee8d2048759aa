package dev.tally.eventstore;

/** Place that a reader of the feed has got to, in the history of a database that it read. */
public record FeedCursor(FeedCluster cluster, FeedPlace place) {}
