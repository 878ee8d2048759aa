package dev.tally.projection;

import dev.tally.eventstore.Described;

import java.util.Set;

/**
 * What a reader of the feed wants to be told. Events are filtered after they have been decoded, so
 * that a filter saves its reader work, but not the database.
 *
 * @param events names of events without their version; empty: all
 * @param studio studio that an event has to name itself; null: any or none
 * @param title title that an event has to name itself; null: any or none
 */
public record FeedFilter(Set<String> events, String studio, String title) {

    /** Fields of events that name a studio and a title. */
    private static final String STUDIO = "studio";

    private static final String TITLE = "title";

    public FeedFilter {
        events = Set.copyOf(events);
    }

    /** True if every event passes. */
    boolean isAll() {
        return events.isEmpty() && studio == null && title == null;
    }

    /** True if the event passes, and for one that cannot be read: it may be what is asked for. */
    boolean passes(Described event) {
        if (event.payload() == null) return true;
        return (events.isEmpty() || events.contains(event.name().split("/", 2)[0]))
                && names(event, STUDIO, studio)
                && names(event, TITLE, title);
    }

    private static boolean names(Described event, String field, String wanted) {
        return wanted == null || wanted.equals(event.payload().get(field));
    }
}
