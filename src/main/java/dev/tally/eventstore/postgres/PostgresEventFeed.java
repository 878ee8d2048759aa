package dev.tally.eventstore.postgres;

import dev.tally.availability.Guarded;
import dev.tally.eventstore.EventFeed;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedEvent;
import dev.tally.eventstore.FeedLag;
import dev.tally.eventstore.FeedPage;
import dev.tally.eventstore.FeedPlace;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.EventModel;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** The feed on PostgreSQL: the rows of all customers by the transaction that stored them. */
@ApplicationScoped
public class PostgresEventFeed implements EventFeed {

    @Inject FeedRows rows;
    @Inject EventModel<?> model;

    private EventReader reader;

    @PostConstruct
    void prepare() {
        reader = new EventReader(model, new EventMappers(model.mappers()), StoreMetrics.NONE);
    }

    @Override
    @Guarded
    public FeedPage read(FeedCursor after, int limit) {
        if (limit < 1 || limit > MAX_EVENTS_PER_READ) {
            throw new IllegalArgumentException("cannot read " + limit + " events");
        }
        return page(reader, rows.read(after, limit));
    }

    static FeedPage page(EventReader reader, FeedRead.Found found) {
        var events =
                found.rows().stream()
                        .filter(found::isKept)
                        .map(row -> event(reader, found, row))
                        .toList();
        return new FeedPage(events, found.end(), found.isCaughtUp());
    }

    private static FeedEvent event(EventReader reader, FeedRead.Found found, FeedRow row) {
        return new FeedEvent(
                new FeedPlace(row.position(), row.customerId(), row.seq()),
                reader.described(row.event(), found.firstOf(row), found.hotFrom()));
    }

    @Override
    @Guarded
    public FeedCursor newest() {
        return rows.newest();
    }

    @Override
    @Guarded
    public FeedLag lag() {
        return rows.lag();
    }
}
