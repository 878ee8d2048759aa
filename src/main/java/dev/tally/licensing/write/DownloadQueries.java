package dev.tally.licensing.write;

import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.Tier;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.DownloadEvent.DownloadWaived;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.write.Accounts.Versioned;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
     * @param asOf time for which downloads are told; null: now
     * @param before number that the events' numbers lie below
     * @param limit most downloads to return
     */
    public record Query(TitleId title, Instant since, Instant asOf, int before, int limit) {

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
     * @param counts true if its title's year counts it, now or as of the time that was asked for
     * @param countsUntil time from which it counts no more; null: it does not count
     * @param waiver why it does not count, if the operator waived it; null: it is not waived
     */
    public record Found(
            String eventId,
            DownloadCounted event,
            DeviceId device,
            boolean counts,
            Instant countsUntil,
            DownloadWaived waiver) {}

    /**
     * Some counted downloads, the newest first.
     *
     * @param next number that the next page's events lie below; null: there are no more
     */
    public record Downloads(List<Found> downloads, Integer next) {}

    private record Scanned(List<Recorded> events, Integer next) {}

    public Downloads find(CustomerId customer, Query asked, Instant clock) {
        var scanned = scan(customer, asked);
        return new Downloads(found(customer, scanned.events, asked.asOf, clock), scanned.next);
    }

    /** The download that an event counted; empty if the event counted none. */
    public Optional<Found> find(CustomerId customer, int countedBy, Instant clock) {
        var events = read(customer, countedBy).stream().toList();
        return found(customer, events, null, clock).stream().findFirst();
    }

    /** The event with a number, if it counted a download. */
    Optional<DownloadCounted> counted(CustomerId customer, int countedBy) {
        return read(customer, countedBy).map(event -> (DownloadCounted) event.event());
    }

    private Optional<Recorded> read(CustomerId customer, int countedBy) {
        var query =
                new HistoryQuery(
                        customer.value(), Tier.ALL, null, null, null, null, countedBy - 1, 1);
        return store.history(query).stream()
                .filter(event -> event.seq() == countedBy)
                .map(Described::recorded)
                .filter(event -> event != null && event.event() instanceof DownloadCounted)
                .findFirst();
    }

    private List<Found> found(
            CustomerId customer, List<Recorded> events, Instant asOf, Instant clock) {
        var issued = issued(customer, events);
        // It is read after the events, so that it knows them all.
        var account =
                asOf == null ? accounts.read(customer, clock) : accounts.readAsOf(customer, asOf);
        var waivers = waivers(customer, events, asOf);
        var counting = new HashMap<TitleId, Map<String, Instant>>();
        var found = new ArrayList<Found>();
        for (var event : events) {
            var counted = (DownloadCounted) event.event();
            var until =
                    counting.computeIfAbsent(counted.title(), title -> counting(account, title));
            // It may have been waived after the account was read.
            var waiver = waivers.get(counted.download());
            found.add(
                    new Found(
                            event.id(),
                            counted,
                            deviceOf(event, counted, issued),
                            waiver == null && until.containsKey(event.id()),
                            waiver == null ? until.get(event.id()) : null,
                            waiver));
        }
        return found;
    }

    /** Waivers of downloads, as known at a time; null: now. */
    private Map<DownloadId, DownloadWaived> waivers(
            CustomerId customer, List<Recorded> counted, Instant asOf) {
        var ids =
                counted.stream()
                        .map(event -> ((DownloadCounted) event.event()).download().value())
                        .toList();
        var waivers = new HashMap<DownloadId, DownloadWaived>();
        if (ids.isEmpty()) return waivers;
        for (var event : store.readAggregates(customer.value(), DownloadEvent.AGGREGATE, ids)) {
            if (event.event() instanceof DownloadWaived waived
                    && (asOf == null || !event.at().isAfter(asOf))) {
                waivers.put(waived.download(), waived);
            }
        }
        return waivers;
    }

    /** Reads until a page is full. A title's events cannot be told apart before they are read. */
    private Scanned scan(CustomerId customer, Query asked) {
        var page = new ArrayList<Recorded>();
        var before = asked.before;
        for (int batch = 0; batch < MAX_BATCHES; batch++) {
            var events = read(customer, asked, before);
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
    private List<Recorded> read(CustomerId customer, Query asked, int before) {
        var from = asked.since == null ? null : asked.since.minusMillis(1);
        return store.readNewest(
                customer.value(), DownloadEvent.AGGREGATE, from, asked.asOf, before, BATCH);
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

    private Map<String, Instant> counting(Versioned found, TitleId title) {
        var account = found.account();
        var plan = account.licenses().plan();
        var policy =
                found.isOfThePast()
                        ? catalog.policyAnyhowAsOf(account, title, plan, found.at())
                        : catalog.policyAnyhow(account, title, plan, found.at());
        return account.downloads().counting(title, policy, found.at());
    }
}
