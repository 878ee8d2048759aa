package dev.tally.licensing.write;

import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Recorded;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Answers which downloads of a customer were counted, however long ago. Nothing here writes. */
@ApplicationScoped
public class DownloadQueries {

    /** Number above those of all events. */
    public static final int NEWEST = Integer.MAX_VALUE;

    /** Most events that are read at a time. */
    static final int BATCH = 500;

    /** Most batches that are read for one page; the next page goes on after them. */
    static final int MAX_BATCHES = 10;

    @Inject EventStore store;
    @Inject Accounts accounts;
    @Inject CatalogLookup catalog;

    /**
     * Question for downloads.
     *
     * @param title null: every title
     * @param since time before which nothing is asked for; null: from the beginning
     * @param before number that the events' numbers lie below
     * @param limit most downloads to return
     */
    public record Query(TitleId title, Instant since, int before, int limit) {

        private boolean asksFor(Recorded event) {
            return event.event() instanceof DownloadCounted counted
                    && (title == null || title.equals(counted.title()))
                    && (since == null || !counted.countedAt().isBefore(since));
        }
    }

    /**
     * One counted download.
     *
     * @param eventId id of the event that counted it
     * @param device device that it was made on; null: the events of its license have been retired
     * @param counts true if its title's year counts it now
     * @param countsUntil time from which it counts no more; null: it does not count
     */
    public record Found(
            String eventId,
            DownloadCounted event,
            DeviceId device,
            boolean counts,
            Instant countsUntil) {}

    /**
     * Some counted downloads, the newest first.
     *
     * @param next number that the next page's events lie below; null: there are no more
     */
    public record Downloads(List<Found> downloads, Integer next) {}

    private record Scanned(List<Recorded> events, Integer next) {}

    public Downloads find(CustomerId customer, Query asked, Instant clock) {
        var scanned = scan(customer, asked);
        var issued = issued(customer, scanned.events);
        // It is read after the events, so that it knows them all.
        var account = accounts.read(customer, clock);
        var counting = new HashMap<TitleId, Map<String, Instant>>();
        var found = new ArrayList<Found>();
        for (var event : scanned.events) {
            var counted = (DownloadCounted) event.event();
            var until =
                    counting.computeIfAbsent(
                            counted.title(),
                            title -> counting(account.account(), title, account.at()));
            found.add(
                    new Found(
                            event.id(),
                            counted,
                            deviceOf(event, counted, issued),
                            until.containsKey(event.id()),
                            until.get(event.id())));
        }
        return new Downloads(found, scanned.next);
    }

    /** Reads until a page is full. A title's events cannot be told apart before they are read. */
    private Scanned scan(CustomerId customer, Query asked) {
        var page = new ArrayList<Recorded>();
        var before = asked.before;
        for (int batch = 0; batch < MAX_BATCHES; batch++) {
            var events = read(customer, asked.since, before);
            for (var event : events) {
                if (!asked.asksFor(event)) continue;
                if (page.size() == asked.limit) return new Scanned(page, page.getLast().seq());
                page.add(event);
            }
            if (events.size() < BATCH) return new Scanned(page, null);
            before = events.getLast().seq();
        }
        return new Scanned(page, before);
    }

    /** Reads events from a millisecond earlier: what is stored is rounded up in the event. */
    private List<Recorded> read(CustomerId customer, Instant since, int before) {
        var from = since == null ? null : since.minusMillis(1);
        return store.readNewest(customer.value(), DownloadEvent.AGGREGATE, from, before, BATCH);
    }

    private List<Recorded> issued(CustomerId customer, List<Recorded> counted) {
        var licenses =
                counted.stream()
                        .map(event -> ((DownloadCounted) event.event()).license().value())
                        .distinct()
                        .toList();
        if (licenses.isEmpty()) return List.of();
        return store.readAggregates(customer.value(), LicenseEvent.AGGREGATE, licenses).stream()
                .filter(event -> event.event() instanceof LicenseIssued)
                .toList();
    }

    /** The device of the license that a download was counted for: an id may have come back. */
    private static DeviceId deviceOf(
            Recorded event, DownloadCounted counted, List<Recorded> issued) {
        DeviceId device = null;
        for (var earlier : issued) {
            var license = (LicenseIssued) earlier.event();
            if (earlier.seq() < event.seq() && is(license, counted.license())) {
                device = license.device();
            }
        }
        return device;
    }

    private static boolean is(LicenseIssued license, LicenseId id) {
        return license.license().equals(id);
    }

    private Map<String, Instant> counting(Account account, TitleId title, Instant now) {
        var policy = catalog.policyAnyhow(title, account.licenses().plan(), now);
        return account.downloads().counting(title, policy, now);
    }
}
