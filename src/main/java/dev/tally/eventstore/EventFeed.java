package dev.tally.eventstore;

/**
 * Reads the events of all customers in one order that never changes: by position, customer and
 * number. Each customer's events come in their own order. Across customers the order is not that in
 * which commands were stored, but an event appears only once nothing can come before it any more.
 */
public interface EventFeed {

    /** Most events that one read returns. */
    int MAX_EVENTS_PER_READ = 2_000;

    /**
     * Reads the next events. Few may come although more follow: what is erased, and stretches of
     * the feed that have no events, take part of what a read looks at.
     *
     * @param after place that a reader has got to; null: the oldest that is kept
     * @param limit most events to return
     * @throws FeedCut if what follows that place cannot be told without a gap
     */
    FeedPage read(FeedCursor after, int limit);

    /** The place after everything that may be read now. */
    FeedCursor newest();

    /** How far open transactions hold the feed back. */
    FeedLag lag();
}
