package dev.tally.timeline;

import dev.tally.eventstore.EventSearch;
import dev.tally.eventstore.EventSearch.Hit;
import dev.tally.runtime.Ids;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Finds whose id it is: that of a license, a download, a device, a session or a command. An id that
 * this service made tells when, and is looked for around that time first. Everything else is looked
 * for among the events of the last days only, since no index has these ids.
 */
@ApplicationScoped
public class IdSearch {

    /** Time before and after an id was made in which its event was stored, unless it waited. */
    static final Duration AROUND = Duration.ofHours(1);

    /** Time that is searched for other ids, and for licenses that waited in a journal. */
    static final Duration RECENT = Duration.ofDays(7);

    /** Most customers that are found. */
    static final int MOST = 20;

    @Inject EventSearch events;
    @Inject InstantSource clock;

    /**
     * What was found.
     *
     * @param from begin of the time that was searched last
     * @param hasMore true if more customers have this id
     */
    public record Found(List<Hit> hits, Instant from, Instant to, boolean hasMore) {}

    public Found find(String id) {
        var now = clock.instant();
        return Ids.timeOf(id)
                .filter(made -> made.isAfter(Instant.EPOCH.plus(AROUND)))
                .filter(made -> made.isBefore(now.plus(AROUND)))
                .map(made -> find(id, made.minus(AROUND), made.plus(AROUND)))
                .filter(found -> !found.hits.isEmpty())
                .orElseGet(() -> find(id, now.minus(RECENT), now.plus(AROUND)));
    }

    private Found find(String id, Instant from, Instant to) {
        var hits = events.find(id, from, to, MOST + 1);
        var isLess = hits.size() <= MOST;
        return new Found(isLess ? hits : hits.subList(0, MOST), from, to, !isLess);
    }
}
