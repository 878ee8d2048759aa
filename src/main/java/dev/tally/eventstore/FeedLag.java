package dev.tally.eventstore;

import java.time.Instant;

/**
 * How far open transactions hold the feed back.
 *
 * @param positionsBehind number of positions that cannot be read yet
 * @param oldestBeganAt time at which the oldest open writing transaction began; null: none is open
 * @param oldest description of that transaction for an operator; null: none is open
 */
public record FeedLag(long positionsBehind, Instant oldestBeganAt, String oldest) {}
