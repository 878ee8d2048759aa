package dev.tally.licensing.domain;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseType;

import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The licenses of one customer, and the plan that the latest was issued under.
 *
 * @param latest null: none was issued yet
 * @param plan null: none was issued yet
 */
public record Licenses(PMap<LicenseId, License> byId, LicenseId latest, PlanId plan) {

    public static final Licenses NONE = new Licenses(HashTreePMap.empty(), null, null);

    /** How long an ended license stays in the state; older ones are read from their events. */
    static final Duration KEEP_ENDED = Duration.ofDays(30);

    /**
     * The state after one more event; an event that cannot follow is corruption.
     *
     * @param eventId what answers name the event by
     */
    public static Licenses evolve(Licenses licenses, String eventId, LicenseEvent event) {
        return switch (event) {
            case LicenseIssued e -> licenses.issue(License.issued(eventId, e));
            case LicenseConfirmed e -> licenses.act(e, License::confirm);
            // Reported so late, perhaps, that the license has been let go.
            case LicenseFirstPlayed e when licenses.find(e.license()).isEmpty() -> licenses;
            case LicenseFirstPlayed e -> licenses.change(e, l -> l.firstPlayed(e.firstPlayedAt()));
            case LicenseRenewed e ->
                    licenses.act(e, l -> l.renewed(eventId, e.renewedAt(), e.expiresAt()));
            case LicenseReleased e -> licenses.act(e, l -> l.ended(State.RELEASED, e.releasedAt()));
            case LicenseRevoked e -> licenses.act(e, l -> l.ended(State.REVOKED, e.revokedAt()));
        };
    }

    /** Without what no decision from then on can need. */
    public Licenses compact(Instant now) {
        var keepFrom = now.minus(KEEP_ENDED);
        var kept =
                all().filter(license -> !Times.isReached(license.endsForGoodAt(), keepFrom))
                        .collect(Collectors.toMap(License::id, Function.identity()));
        return new Licenses(HashTreePMap.from(kept), latest, plan);
    }

    /** Streaming licenses that were started and not ended live as long as their sessions. */
    Licenses endedWith(Sessions sessions) {
        var streams =
                all().filter(l -> l.type() == LicenseType.STREAMING && l.ending() == null)
                        .map(l -> l.endedWith(sessions.of(l.id()).toList()))
                        .collect(Collectors.toMap(License::id, Function.identity()));
        return streams.isEmpty() ? this : new Licenses(byId.plusAll(streams), latest, plan);
    }

    /** Whether any is left: what {@link #compact} keeps grants or was granted lately. */
    public boolean isLive() {
        return !byId.isEmpty();
    }

    /** Those that are left, and the one that tells the plan. */
    public Stream<LicenseId> ids() {
        return Stream.concat(byId.keySet().stream(), Stream.ofNullable(latest)).distinct();
    }

    public Optional<License> find(LicenseId id) {
        return Optional.ofNullable(byId.get(id));
    }

    public Stream<License> all() {
        return byId.values().stream();
    }

    /** All that have not ended, and those that ended not longer ago than {@link #KEEP_ENDED}. */
    public Stream<License> listed(Instant now) {
        var keepFrom = now.minus(KEEP_ENDED);
        return all().filter(license -> !Times.isReached(license.endsAt(), keepFrom));
    }

    /** How many have ended by time alone. */
    public long expired(Instant now) {
        return all().filter(license -> license.stateAt(now) == State.EXPIRED).count();
    }

    Stream<License> activeDownloads(Instant now) {
        return all().filter(license -> license.isActiveDownloadAt(now));
    }

    Stream<License> activeStreams(Instant now) {
        return all().filter(l -> l.type() == LicenseType.STREAMING && l.isActiveAt(now));
    }

    Optional<License> active(LicenseType type, DeviceId device, TitleId title, Instant now) {
        return (type == LicenseType.DOWNLOAD ? activeDownloads(now) : activeStreams(now))
                .filter(license -> license.device().equals(device))
                .filter(license -> license.title().equals(title))
                .findFirst();
    }

    public Stream<License> activeOn(DeviceId device, Instant now) {
        return all().filter(l -> l.isActiveAt(now)).filter(l -> l.device().equals(device));
    }

    private Licenses issue(License license) {
        if (byId.containsKey(license.id())) {
            throw new IllegalStateException("license " + license.id() + " was issued twice");
        }
        return new Licenses(byId.plus(license.id(), license), license.id(), license.plan());
    }

    /** Nothing follows the act that ended a license, but the report of a play before it. */
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
        return new Licenses(byId.plus(license.id(), change.apply(license)), latest, plan);
    }

    private static IllegalStateException impossible(LicenseEvent event, String why) {
        return new IllegalStateException(event.getClass().getSimpleName() + ": " + why);
    }
}
