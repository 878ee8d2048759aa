package dev.tally.eventstore;

import java.util.List;

/**
 * Some events of the feed, in its order.
 *
 * @param end cursor to read on with
 * @param isCaughtUp true if nothing more could be read at that time
 */
public record FeedPage(List<FeedEvent> events, FeedCursor end, boolean isCaughtUp) {

    public FeedPage {
        events = List.copyOf(events);
    }

    /** Cursor behind one event of the page. */
    public FeedCursor behind(FeedEvent event) {
        return new FeedCursor(end.cluster(), event.place());
    }
}
