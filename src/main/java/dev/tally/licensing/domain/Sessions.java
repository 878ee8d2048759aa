package dev.tally.licensing.domain;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent;
import dev.tally.licensing.events.SessionEvent.SessionKeptAlive;
import dev.tally.licensing.events.SessionEvent.SessionPaused;
import dev.tally.licensing.events.SessionEvent.SessionResumed;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.licensing.events.SessionEvent.SessionStopped;

import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The playback sessions of one customer.
 *
 * @param byId those of late
 * @param playbacks of downloads, by title: what yearly limits count
 */
public record Sessions(
        PMap<SessionId, Session> byId, PMap<TitleId, PMap<SessionId, Playback>> playbacks) {

    public static final Sessions NONE = new Sessions(HashTreePMap.empty(), HashTreePMap.empty());

    /** Sessions of which no START has come: they lie in the state until it does, or for long. */
    public static final int MAX_UNSTARTED = 1_000;

    /** A session that was started on a download license. */
    public record Playback(String eventId, Instant at) {}

    /** Reports come in any order, so none can be impossible. */
    public static Sessions evolve(Sessions sessions, String eventId, SessionEvent event) {
        var session =
                sessions.find(event.session()).orElseGet(() -> Session.unstarted(event.session()));
        return switch (event) {
            case SessionStarted e -> sessions.with(session.started(eventId, e)).count(eventId, e);
            case SessionPaused e ->
                    sessions.with(session.held(true, e.occurredAt(), e.recordedAt()));
            case SessionResumed e ->
                    sessions.with(session.held(false, e.occurredAt(), e.recordedAt()));
            case SessionKeptAlive e ->
                    sessions.with(session.keptAlive(e.occurredAt(), e.recordedAt()));
            case SessionStopped e -> sessions.with(session.stopped(e.occurredAt(), e.cause()));
        };
    }

    /** Without what no decision from then on can need. */
    public Sessions compact(Instant now) {
        var keepFrom = now.minus(Session.KEEP);
        return new Sessions(
                HashTreePMap.from(
                        byId.values().stream()
                                .filter(session -> session.lastAt().isAfter(keepFrom))
                                .collect(Collectors.toMap(Session::id, Function.identity()))),
                HashTreePMap.from(
                        playbacks.entrySet().stream()
                                .map(title -> Map.entry(title.getKey(), recent(title, now)))
                                .filter(title -> !title.getValue().isEmpty())
                                .collect(
                                        Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))));
    }

    public boolean isLive() {
        return !byId.isEmpty() || !playbacks.isEmpty();
    }

    /** Those that are left, and those that were counted. */
    public Stream<SessionId> ids() {
        var counted = playbacks.values().stream().flatMap(title -> title.keySet().stream());
        return Stream.concat(byId.keySet().stream(), counted).distinct();
    }

    public Optional<Session> find(SessionId id) {
        return Optional.ofNullable(byId.get(id));
    }

    public Stream<Session> all() {
        return byId.values().stream();
    }

    /** With one that was read anew, as it is older than what a state keeps. */
    public Sessions with(Session session) {
        return new Sessions(byId.plus(session.id(), session), playbacks);
    }

    /** Whether one more may wait for its START. */
    public boolean takesUnstarted() {
        return all().filter(session -> session.start() == null).count() < MAX_UNSTARTED;
    }

    private Stream<Session> underWay(Instant now) {
        return all().filter(session -> session.isUnderWayAt(now));
    }

    public Stream<Session> underWayOf(LicenseId license, Instant now) {
        return of(license).filter(session -> session.isUnderWayAt(now));
    }

    Stream<Session> underWayOn(DeviceId device, Instant now) {
        return underWay(now).filter(session -> session.start().device().equals(device));
    }

    /** Those on a license, whether they are under way or not. */
    Stream<Session> of(LicenseId license) {
        return all().filter(session -> session.start() != null)
                .filter(session -> session.start().license().equals(license));
    }

    /** Playbacks of a title, each with when it happened. */
    Stream<Playback> of(TitleId title) {
        return playbacks.getOrDefault(title, HashTreePMap.empty()).values().stream();
    }

    private Sessions count(String eventId, SessionStarted e) {
        if (e.type() != LicenseType.DOWNLOAD) return this;
        var ofTitle = playbacks.getOrDefault(e.title(), HashTreePMap.empty());
        if (ofTitle.containsKey(e.session())) return this;
        var counted = ofTitle.plus(e.session(), new Playback(eventId, e.occurredAt()));
        return new Sessions(byId, playbacks.plus(e.title(), counted));
    }

    private static PMap<SessionId, Playback> recent(
            Map.Entry<TitleId, PMap<SessionId, Playback>> title, Instant now) {
        return HashTreePMap.from(
                title.getValue().entrySet().stream()
                        .filter(p -> !Times.isReached(Times.yearAfter(p.getValue().at()), now))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }
}
