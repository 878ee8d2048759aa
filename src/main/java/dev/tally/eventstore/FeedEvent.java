package dev.tally.eventstore;

/**
 * One event of the feed.
 *
 * @param place place behind this event
 */
public record FeedEvent(FeedPlace place, Described event) {}
