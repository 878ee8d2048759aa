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
import org.pcollections.PVector;
import org.pcollections.TreePVector;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The playback sessions of one customer.
 *
 * @param byId recent sessions
 * @param streams ids of the sessions that were started on a streaming license, by license
 * @param playbacks playbacks of downloads, by title: what yearly limits count
 */
public record Sessions(
        PMap<SessionId, Session> byId,
        PMap<LicenseId, PVector<SessionId>> streams,
        PMap<TitleId, PMap<SessionId, Playback>> playbacks) {

    public static final Sessions NONE =
            new Sessions(HashTreePMap.empty(), HashTreePMap.empty(), HashTreePMap.empty());

    /**
     * Most sessions without a START: each lies in the state until its START comes, or for as long
     * as an account keeps a session.
     */
    public static final int MAX_UNSTARTED = 1_000;

    /** A session that was started on a download license, and the time at which it counts. */
    public record Playback(String eventId, Instant at) {}

    /** The sessions after one more event. Reports come in any order, so no event is impossible. */
    static Sessions evolve(Sessions sessions, String eventId, SessionEvent event) {
        var session =
                sessions.find(event.session()).orElseGet(() -> Session.unstarted(event.session()));
        return switch (event) {
            // A session starts once: a further START changes nothing.
            case SessionStarted e when session.start() != null -> sessions;
            case SessionStarted e -> sessions.with(session.started(eventId, e)).start(eventId, e);
            case SessionPaused e ->
                    sessions.with(session.held(true, e.occurredAt(), e.recordedAt()));
            case SessionResumed e ->
                    sessions.with(session.held(false, e.occurredAt(), e.recordedAt()));
            case SessionKeptAlive e ->
                    sessions.with(session.keptAlive(e.occurredAt(), e.recordedAt()));
            case SessionStopped e ->
                    sessions.with(session.stopped(e.occurredAt(), e.recordedAt(), e.cause()));
        };
    }

    /**
     * The sessions without those that no decision from a time on can need.
     *
     * @param licenses licenses that stay: the end of a stream follows from its sessions
     */
    Sessions compact(Instant now, Licenses licenses) {
        var kept =
                byId.values().stream()
                        .filter(session -> session.isKeptAt(now) || isOnOne(session, licenses))
                        .collect(Collectors.toMap(Session::id, Function.identity()));
        var ofStreams =
                kept.values().stream()
                        .flatMap(session -> session.stream().stream())
                        .distinct()
                        .collect(Collectors.toMap(Function.identity(), id -> those(id, kept)));
        var counted =
                playbacks.entrySet().stream()
                        .map(title -> Map.entry(title.getKey(), recent(title.getValue(), now)))
                        .filter(title -> !title.getValue().isEmpty())
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        return new Sessions(
                HashTreePMap.from(kept), HashTreePMap.from(ofStreams), HashTreePMap.from(counted));
    }

    private static boolean isOnOne(Session session, Licenses licenses) {
        return session.stream().flatMap(licenses::find).filter(session::isOn).isPresent();
    }

    private PVector<SessionId> those(LicenseId license, Map<SessionId, Session> kept) {
        return TreePVector.from(streams.get(license).stream().filter(kept::containsKey).toList());
    }

    public boolean isLive() {
        return !byId.isEmpty() || !playbacks.isEmpty();
    }

    /** Ids of the sessions that are left, and of those that were counted. */
    public Stream<SessionId> ids() {
        var counted = playbacks.values().stream().flatMap(title -> title.keySet().stream());
        return Stream.concat(byId.keySet().stream(), counted).distinct();
    }

    /**
     * A session that an account still knows at a time; one that it has dropped is read from its
     * events.
     */
    public Optional<Session> find(SessionId id, Instant now) {
        return find(id).filter(session -> session.isKeptAt(now));
    }

    /** A session, even one that an account would drop: it may have been read from its events. */
    public Optional<Session> find(SessionId id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** The sessions that an account still knows at a time. */
    public Stream<Session> listed(Instant now) {
        return byId.values().stream().filter(session -> session.isKeptAt(now));
    }

    /** The sessions with one that was dropped and then read from its events. */
    Sessions with(Session session) {
        return new Sessions(byId.plus(session.id(), session), streams, playbacks);
    }

    /** True if one more session may wait for its START. */
    boolean takesUnstarted(Instant now) {
        return listed(now).filter(session -> session.start() == null).count() < MAX_UNSTARTED;
    }

    long changesByTime(Instant since, Instant now) {
        return byId.values().stream().mapToLong(session -> session.changesByTime(since, now)).sum();
    }

    Stream<Session> underWayOf(License license, Instant now) {
        var ofLicense =
                license.type() == LicenseType.STREAMING
                        ? ofStream(license).stream().filter(session -> session.isKeptAt(now))
                        : listed(now).filter(session -> session.isOf(license.id()));
        return ofLicense.filter(session -> session.isUnderWayAt(now));
    }

    Stream<Session> underWayOn(DeviceId device, Instant now) {
        return listed(now)
                .filter(session -> session.isUnderWayAt(now))
                .filter(session -> session.start().device().equals(device));
    }

    /** The sessions that were started on a streaming license. */
    List<Session> ofStream(License license) {
        return streams.getOrDefault(license.id(), TreePVector.empty()).stream()
                .map(byId::get)
                .filter(session -> session.isOn(license))
                .toList();
    }

    /** The playbacks of a title. */
    Stream<Playback> of(TitleId title) {
        return playbacks.getOrDefault(title, HashTreePMap.empty()).values().stream();
    }

    private Sessions start(String eventId, SessionStarted e) {
        return switch (e.type()) {
            case DOWNLOAD -> count(eventId, e);
            case STREAMING -> stream(e);
        };
    }

    private Sessions stream(SessionStarted e) {
        var ofLicense = streams.getOrDefault(e.license(), TreePVector.empty());
        if (ofLicense.contains(e.session())) return this;
        return new Sessions(
                byId, streams.plus(e.license(), ofLicense.plus(e.session())), playbacks);
    }

    private Sessions count(String eventId, SessionStarted e) {
        var ofTitle = playbacks.getOrDefault(e.title(), HashTreePMap.empty());
        if (ofTitle.containsKey(e.session())) return this;
        var counted = ofTitle.plus(e.session(), new Playback(eventId, e.playedAt()));
        return new Sessions(byId, streams, playbacks.plus(e.title(), counted));
    }

    /**
     * The playbacks of a year and a day: a year from 29 February ends before one that began on the
     * 28th.
     */
    private static PMap<SessionId, Playback> recent(
            PMap<SessionId, Playback> ofTitle, Instant now) {
        var from = now.minus(Duration.ofDays(1));
        return HashTreePMap.from(
                ofTitle.entrySet().stream()
                        .filter(p -> !Times.isReached(Times.yearAfter(p.getValue().at()), from))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }
}
