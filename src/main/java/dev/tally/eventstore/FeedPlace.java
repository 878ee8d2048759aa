package dev.tally.eventstore;

/**
 * Place in the feed of all customers: behind one event, or behind a whole position.
 *
 * @param position number of the transaction that stored the event, counted through all database
 *     clusters
 * @param customerId customer of the event; null: behind all events of the position
 * @param seq number of the event; 0 behind a whole position
 */
public record FeedPlace(long position, String customerId, int seq) {

    /** The place before everything. */
    public static final FeedPlace START = behind(0);

    /** The place behind all events of a position. */
    public static FeedPlace behind(long position) {
        return new FeedPlace(position, null, 0);
    }

    /** True if no event of the position follows. */
    public boolean isBehindPosition() {
        return customerId == null;
    }
}
