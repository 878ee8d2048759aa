package dev.tally.accounting;

import dev.tally.eventstore.FeedEvent;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ProvisionalLicenseReconciled;
import dev.tally.licensing.events.PolicyEvent;
import dev.tally.licensing.events.SessionEvent.SessionKeptAlive;
import dev.tally.licensing.events.SessionEvent.SessionPaused;
import dev.tally.licensing.events.SessionEvent.SessionResumed;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.licensing.events.SessionEvent.SessionStopped;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Folds a page of events into counts. Each event counts on the day (UTC) on which the server stored
 * it, however late a device reported it, but on no day that is closed.
 *
 * <p>A license is active from the day on which it was issued until that of its end, which is known
 * beforehand: the count of that day tells the end, and takes it back where an event moves it. An
 * event never changes the counts of a day before its own.
 */
final class UsageFold {

    /** Order in which rows are written, so that two writers do not wait for each other. */
    private static final Comparator<UsageDay> ORDER =
            Comparator.comparing(UsageDay::studio)
                    .thenComparing(UsageDay::day)
                    .thenComparing(UsageDay::title)
                    .thenComparing(UsageDay::type);

    private final LocalDate openFrom;
    private final Map<LicenseKey, UsedLicense> licenses;
    private final Set<LicenseKey> changed = new HashSet<>();
    private final SortedMap<UsageDay, UsageCounts> counts = new TreeMap<>(ORDER);

    /**
     * A fold that goes on from what is known.
     *
     * @param openFrom first day that is not closed
     * @param known the licenses that the events name, as they were counted so far
     */
    UsageFold(LocalDate openFrom, Map<LicenseKey, UsedLicense> known) {
        this.openFrom = openFrom;
        this.licenses = new HashMap<>(known);
    }

    /** The licenses that events name, which have to be known before they are folded. */
    static Set<LicenseKey> named(List<FeedEvent> events) {
        var named = new HashSet<LicenseKey>();
        for (var event : events) {
            var license =
                    switch (event.event().recorded().event()) {
                        case LicenseEvent of -> of.license();
                        case SessionStarted of -> of.license();
                        default -> null;
                    };
            if (license != null) {
                named.add(new LicenseKey(event.place().customerId(), license.value()));
            }
        }
        return named;
    }

    void add(FeedEvent told) {
        var stored = told.event().recorded();
        var customer = told.place().customerId();
        var at = stored.at();
        switch ((CustomerEvent) stored.event()) {
            case LicenseIssued issued -> {
                var key = new LicenseKey(customer, issued.license().value());
                end(key, at);
                var license = UsedLicense.issued(stored.seq(), issued);
                change(key, license, at, UsageCounts.ACQUIRED);
            }
            case LicenseConfirmed confirmed -> {
                var key = new LicenseKey(customer, confirmed.license().value());
                var license = licenses.get(key);
                if (license != null) change(key, license.confirmed(), at, null);
            }
            case LicenseFirstPlayed played -> {
                var key = new LicenseKey(customer, played.license().value());
                var license = licenses.get(key);
                if (license != null) change(key, license.played(played.firstPlayedAt()), at, null);
            }
            case LicenseRenewed renewed -> {
                var key = new LicenseKey(customer, renewed.license().value());
                var license = licenses.get(key);
                if (license != null) {
                    change(key, license.renewed(renewed.expiresAt()), at, UsageCounts.RENEWED);
                }
            }
            case LicenseReleased released -> {
                var key = new LicenseKey(customer, released.license().value());
                var license = licenses.get(key);
                if (license != null) change(key, license.ended(at), at, UsageCounts.RELEASED);
            }
            case LicenseRevoked revoked -> {
                var key = new LicenseKey(customer, revoked.license().value());
                var license = licenses.get(key);
                if (license != null) change(key, license.ended(at), at, UsageCounts.REVOKED);
            }
            case ProvisionalLicenseReconciled reconciled -> {
                var license = licenses.get(new LicenseKey(customer, reconciled.license().value()));
                if (license != null && !reconciled.overLimit().isEmpty()) {
                    count(license.on(dayOf(at)), UsageCounts.OVER_LIMIT);
                }
            }
            case SessionStarted started -> {
                var license = licenses.get(new LicenseKey(customer, started.license().value()));
                if (license != null) {
                    count(license.on(dayOf(at)), UsageCounts.PLAYED);
                    if (started.broke() != null) {
                        count(license.on(dayOf(at)), UsageCounts.OVER_LIMIT);
                    }
                }
            }
            case SessionPaused ignored -> {}
            case SessionResumed ignored -> {}
            case SessionKeptAlive ignored -> {}
            case SessionStopped ignored -> {}
            case DownloadEvent ignored -> {}
            case DeviceEvent ignored -> {}
            case PolicyEvent ignored -> {}
        }
    }

    /** The counts to add, in the order in which rows are written. */
    SortedMap<UsageDay, UsageCounts> counts() {
        return counts;
    }

    /** The licenses that are other than before. */
    Map<LicenseKey, UsedLicense> changed() {
        var after = new HashMap<LicenseKey, UsedLicense>();
        for (var key : changed) after.put(key, licenses.get(key));
        return after;
    }

    /** Ends what an id stood for before. An id may come again once its license has ended. */
    private void end(LicenseKey key, Instant at) {
        var before = licenses.get(key);
        if (before != null) change(key, before.ended(at), at, null);
    }

    private void change(LicenseKey key, UsedLicense after, Instant at, UsageCounts what) {
        var today = dayOf(at);
        if (what != null) count(after.on(today), what);
        var endsAt = after.endsAt();
        // What ended before was counted as active until today.
        var endsOn =
                endsAt == null ? null : latest(endsAt.atZone(ZoneOffset.UTC).toLocalDate(), today);
        var ended = after.endsOn();
        var isOver = ended != null && ended.isBefore(today);
        var staysOver = isOver && endsAt != null && !endsAt.isAfter(at);
        if (staysOver) endsOn = ended;
        if (!Objects.equals(ended, endsOn)) {
            if (ended != null) count(after.on(latest(ended, today)), UsageCounts.LIVES_ON);
            if (endsOn != null) count(after.on(endsOn), UsageCounts.ENDED);
        }
        licenses.put(key, after.endingOn(endsOn));
        changed.add(key);
    }

    private void count(UsageDay day, UsageCounts more) {
        counts.merge(day, more, UsageCounts::plus);
    }

    private LocalDate dayOf(Instant at) {
        return latest(at.atZone(ZoneOffset.UTC).toLocalDate(), openFrom);
    }

    private static LocalDate latest(LocalDate one, LocalDate other) {
        return one.isAfter(other) ? one : other;
    }
}
