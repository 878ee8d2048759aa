package dev.tally.licensing.domain;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.License.End;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ProvisionalLicenseReconciled;
import dev.tally.licensing.events.LicenseType;

import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The licenses of one customer, and the one that was issued last.
 *
 * @param latest null if none was issued yet
 */
public record Licenses(PMap<LicenseId, License> byId, Latest latest) {

    public static final Licenses NONE = new Licenses(HashTreePMap.empty(), null);

    /**
     * The license that was issued last, and the plan that it was issued under. A license may be
     * recorded after one that was issued later.
     */
    public record Latest(LicenseId license, PlanId plan, Instant issuedAt) {

        private static Latest of(License license) {
            return new Latest(license.id(), license.plan(), license.issuedAt());
        }

        private boolean isAfter(License license) {
            return issuedAt.isAfter(license.issuedAt());
        }
    }

    static final Comparator<License> FIRST =
            Comparator.comparing(License::issuedAt).thenComparing(license -> license.id().value());

    /**
     * The licenses after one more event; an event that cannot follow is corruption.
     *
     * @param eventId id by which answers name the event
     */
    public static Licenses evolve(Licenses licenses, String eventId, LicenseEvent event) {
        return switch (event) {
            case LicenseIssued e -> licenses.issue(License.issued(eventId, e));
            case LicenseConfirmed e -> licenses.act(e, License::confirm);
            // The play may be reported so late that the account has dropped the license.
            case LicenseFirstPlayed e ->
                    licenses.find(e.license(), e.recordedAt())
                            .map(license -> license.firstPlayed(e.firstPlayedAt()))
                            .map(licenses::with)
                            .orElse(licenses);
            case LicenseRenewed e ->
                    licenses.act(e, l -> l.renewed(eventId, e.renewedAt(), e.expiresAt()));
            case LicenseReleased e -> licenses.act(e, l -> l.ended(End.RELEASED, e.releasedAt()));
            case LicenseRevoked e -> licenses.act(e, l -> l.ended(End.REVOKED, e.revokedAt()));
            // The renewal may be recorded so late that the account has dropped the license.
            case ProvisionalLicenseReconciled e ->
                    licenses.find(e.license())
                            .map(license -> license.reconciled(eventId, e.overLimit()))
                            .map(licenses::with)
                            .orElse(licenses);
        };
    }

    /** The licenses without those that no decision from a time on can need. */
    public Licenses compact(Instant now) {
        var kept =
                all().filter(license -> license.isKeptAt(now))
                        .collect(Collectors.toMap(License::id, Function.identity()));
        return new Licenses(HashTreePMap.from(kept), latest);
    }

    /** True if any license is left: what {@link #compact} keeps is active or ended not long ago. */
    public boolean isLive() {
        return !byId.isEmpty();
    }

    /** Ids of the licenses that are left, and of the one that tells the plan. */
    public Stream<LicenseId> ids() {
        var last = Stream.ofNullable(latest).map(Latest::license);
        return Stream.concat(byId.keySet().stream(), last).distinct();
    }

    /** Plan of the latest license; null if none was issued yet. */
    public PlanId plan() {
        return latest == null ? null : latest.plan();
    }

    /**
     * A license that an account still knows at a time; one that it has dropped is read from its
     * events.
     */
    public Optional<License> find(LicenseId id, Instant now) {
        return find(id).filter(license -> license.isKeptAt(now));
    }

    /** A license, even one that an account would drop: it may have been read from its events. */
    public Optional<License> find(LicenseId id) {
        return Optional.ofNullable(byId.get(id));
    }

    Stream<License> all() {
        return byId.values().stream();
    }

    /** The titles of the licenses that no act has ended: these may be cut short. */
    public Set<TitleId> openTitles() {
        return all().filter(license -> license.ending() == null)
                .map(License::title)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The licenses as their titles' availability lets them be. */
    Licenses endingWith(Map<TitleId, Instant> availabilityEnds) {
        var seen = byId;
        for (var license : byId.values()) {
            var end = availabilityEnds.get(license.title());
            if (end != null) seen = seen.plus(license.id(), license.endingWith(end));
        }
        return new Licenses(seen, latest);
    }

    /**
     * Number that another set of licenses cut short, or other ends of them, very likely do not
     * have; 0 if none is.
     */
    public int cutsShort(Instant now) {
        return listed(now)
                .filter(license -> license.titleEndsAt() != null)
                .mapToInt(l -> Objects.hash(l.id().value(), l.titleEndsAt().toEpochMilli()))
                .sum();
    }

    /** All licenses that have not ended, and those that ended not long ago. */
    public Stream<License> listed(Instant now) {
        return all().filter(license -> license.isListedAt(now));
    }

    long changesByTime(Instant since, Instant now) {
        return all().mapToLong(license -> license.changesByTime(since, now)).sum();
    }

    Stream<License> activeDownloads(Instant now) {
        return all().filter(license -> license.isActiveDownloadAt(now));
    }

    Stream<License> activeStreams(Instant now) {
        return all().filter(l -> l.type() == LicenseType.STREAMING && l.isActiveAt(now));
    }

    /**
     * The license for a device and a title that was active at a time; the first, if a node that did
     * not know of it granted another.
     *
     * @param now time whose account is asked: it no longer knows of licenses that ended long before
     */
    Optional<License> active(
            LicenseType type, DeviceId device, TitleId title, Instant at, Instant now) {
        return (type == LicenseType.DOWNLOAD ? activeDownloads(at) : activeStreams(at))
                .filter(license -> license.isKeptAt(now) && license.counts())
                .filter(license -> license.device().equals(device))
                .filter(license -> license.title().equals(title))
                .min(FIRST);
    }

    public Stream<License> activeOn(DeviceId device, Instant now) {
        return all().filter(l -> l.isActiveAt(now)).filter(l -> l.device().equals(device));
    }

    /**
     * Adds a license. An id may return once its license has ended, since the idempotency key that
     * it is made from may return.
     */
    private Licenses issue(License license) {
        var earlier = find(license.id()).filter(one -> !one.mayReturnAt(license.issuedAt()));
        if (earlier.isPresent()) {
            throw new IllegalStateException("license " + license.id() + " was issued twice");
        }
        var isOlder = latest != null && latest.isAfter(license);
        return new Licenses(
                byId.plus(license.id(), license), isOlder ? latest : Latest.of(license));
    }

    /**
     * Changes a license by an act. Nothing follows the act that ended a license, except the report
     * of a play before it, which is no act.
     */
    private Licenses act(LicenseEvent event, UnaryOperator<License> change) {
        return change(
                event,
                license -> {
                    if (license.ending() != null) {
                        throw impossible(
                                event,
                                "license " + license.id() + " was " + license.ending().state());
                    }
                    return change.apply(license);
                });
    }

    private Licenses change(LicenseEvent event, UnaryOperator<License> change) {
        var license =
                find(event.license())
                        .orElseThrow(
                                () -> impossible(event, "there is no license " + event.license()));
        return with(change.apply(license));
    }

    Licenses with(License license) {
        return new Licenses(byId.plus(license.id(), license), latest);
    }

    private static IllegalStateException impossible(LicenseEvent event, String why) {
        return new IllegalStateException(event.getClass().getSimpleName() + ": " + why);
    }
}
