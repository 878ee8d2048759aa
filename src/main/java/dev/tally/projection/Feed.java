package dev.tally.projection;

import dev.tally.eventstore.EventFeed;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedEvent;
import dev.tally.eventstore.FeedPage;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.util.ArrayList;

/** Reads the feed for those who want some of its events only. */
@ApplicationScoped
public class Feed {

    /** Most events that one page looks at, whether they pass the filter or not. */
    public static final int LOOKED_AT = EventFeed.MAX_EVENTS_PER_READ;

    @Inject EventFeed feed;

    /**
     * Reads the next events that pass a filter. There may be none, although more follow.
     *
     * @param after place that the reader has got to; null: the oldest that is kept
     * @param limit most events to return
     * @throws dev.tally.eventstore.FeedCut if events would be skipped
     */
    public FeedPage page(FeedCursor after, FeedFilter filter, int limit) {
        if (filter.isAll()) return feed.read(after, Math.min(limit, LOOKED_AT));
        return passed(feed.read(after, LOOKED_AT), filter, limit);
    }

    /** What of a page passes a filter. A page that is cut short goes on behind its last event. */
    static FeedPage passed(FeedPage page, FeedFilter filter, int limit) {
        var passed = new ArrayList<FeedEvent>();
        for (var event : page.events()) {
            if (!filter.passes(event.event())) continue;
            if (passed.size() == limit) {
                return new FeedPage(passed, page.behind(passed.getLast()), false);
            }
            passed.add(event);
        }
        return new FeedPage(passed, page.end(), page.isCaughtUp());
    }

    /** The place behind everything that may be read now. */
    public FeedCursor newest() {
        return feed.newest();
    }
}
