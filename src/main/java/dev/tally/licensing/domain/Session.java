package dev.tally.licensing.domain;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.licensing.events.SessionEvent.StopCause;

import org.pcollections.PVector;
import org.pcollections.TreePVector;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/**
 * One playback session as its reports left it: the same in whatever order they came.
 *
 * @param start null: what followed it was reported before it
 * @param lastSignAt the latest sign of life, STOP apart, by the device's clock; null: none
 * @param lastHeardAt of a stream, when the latest was recorded: a stream is watched as it plays,
 *     and a device's clock may be slow. Null: it is none
 * @param holds pauses and resumptions, in the order in which they occurred
 * @param stop the earliest; null: none
 */
public record Session(
        SessionId id,
        Start start,
        Instant lastSignAt,
        Instant lastHeardAt,
        PVector<Hold> holds,
        Stop stop) {

    /** How long a session stays in the account after the last of it; older ones are read anew. */
    static final Duration KEEP = Duration.ofDays(30);

    /**
     * Pauses and resumptions of one session: each lies in the state as long as the session does.
     */
    public static final int MAX_HOLDS = 1_000;

    private static final Comparator<Hold> IN_ORDER =
            Comparator.comparing(Hold::at).thenComparing(Hold::paused);

    private static final Comparator<Stop> EARLIEST =
            Comparator.comparing(Stop::at).thenComparing(Stop::cause);

    /** What a session is doing. */
    public enum State {
        /** Its START has not been reported yet. */
        UNSTARTED,
        RUNNING,
        PAUSED,
        /** No sign of life for too long. */
        OVER,
        STOPPED
    }

    /**
     * What was started, where and when.
     *
     * @param event that recorded it
     * @param aliveFor without a sign of life for so long, it is over; null: never
     */
    public record Start(
            String event,
            LicenseId license,
            TitleId title,
            DeviceId device,
            LicenseType type,
            Instant at,
            Instant recordedAt,
            Duration aliveFor) {}

    /** One pause, or the end of one. */
    public record Hold(boolean paused, Instant at) {}

    /** An end by an act. */
    public record Stop(Instant at, StopCause cause) {}

    /** A session of which nothing is known yet. */
    static Session unstarted(SessionId id) {
        return new Session(id, null, null, null, TreePVector.empty(), null);
    }

    Session started(String event, SessionStarted e) {
        var first =
                new Start(
                        event,
                        e.license(),
                        e.title(),
                        e.device(),
                        e.type(),
                        e.occurredAt(),
                        e.recordedAt(),
                        e.aliveFor());
        var heard = e.type() == LicenseType.STREAMING ? e.recordedAt() : null;
        return new Session(id, first, lastSign(e.occurredAt()), heard, holds, stop);
    }

    Session held(boolean paused, Instant at, Instant heardAt) {
        var hold = new Hold(paused, at);
        if (holds.contains(hold)) return this;
        int place = (int) holds.stream().filter(other -> IN_ORDER.compare(other, hold) < 0).count();
        return new Session(
                id, start, lastSign(at), lastHeard(heardAt), holds.plus(place, hold), stop);
    }

    Session keptAlive(Instant at, Instant heardAt) {
        return new Session(id, start, lastSign(at), lastHeard(heardAt), holds, stop);
    }

    Session stopped(Instant at, StopCause cause) {
        var another = new Stop(at, cause);
        var earliest = stop == null || EARLIEST.compare(another, stop) < 0 ? another : stop;
        return new Session(id, start, lastSignAt, lastHeardAt, holds, earliest);
    }

    public boolean isHeld(boolean paused, Instant at) {
        return holds.contains(new Hold(paused, at));
    }

    public State stateAt(Instant now) {
        if (stop != null) return State.STOPPED;
        if (start == null) return State.UNSTARTED;
        if (Times.isReached(aliveUntil(), now)) return State.OVER;
        return isPaused() ? State.PAUSED : State.RUNNING;
    }

    /** Whether it plays or pauses: it can be ended. */
    public boolean isUnderWayAt(Instant now) {
        var state = stateAt(now);
        return state == State.RUNNING || state == State.PAUSED;
    }

    /** Until when it lives without another sign of life; null: for ever. */
    public Instant aliveUntil() {
        if (start == null) return lastSignAt;
        return Times.plus(lastHeardAt == null ? lastSignAt : lastHeardAt, start.aliveFor());
    }

    /** When it ended by act or, as things stand, will by time; null: never. */
    public Instant endsAt() {
        return stop == null ? aliveUntil() : stop.at();
    }

    /** Whether an account still knows it then; if not, its events tell of it. */
    boolean isKeptAt(Instant now) {
        return !Times.isReached(keptUntil(), now);
    }

    /**
     * Whether it was let go and nothing follows it. What happened in a download longer ago than an
     * account remembers is recorded all the same: a device may come home late.
     *
     * @param type of the license that is played
     */
    boolean isClosedTo(LicenseType type, Instant at, Instant now) {
        return !isKeptAt(now) && (type == LicenseType.STREAMING || at.isAfter(now.minus(KEEP)));
    }

    boolean isClosedTo(Instant at, Instant now) {
        return isClosedTo(isStream() ? LicenseType.STREAMING : LicenseType.DOWNLOAD, at, now);
    }

    /** How often time alone has changed what is told of it since: it was over, and let go. */
    int changesByTime(Instant since, Instant now) {
        var over = stop == null && start != null && Times.isBetween(since, aliveUntil(), now);
        return (over ? 1 : 0) + (Times.isBetween(since, keptUntil(), now) ? 1 : 0);
    }

    /** A stream that can be over is let go as soon as its license is. */
    private Instant keptUntil() {
        if (!isStream()) return Times.plus(lastAt(), KEEP);
        var last = Times.latest(lastAt(), lastHeardAt);
        return endsAt() == null
                ? Times.plus(last, KEEP)
                : Times.plus(Times.latest(last, endsAt()), License.KEEP_STREAM);
    }

    boolean isOf(LicenseId license) {
        return start != null && start.license().equals(license);
    }

    /** The streaming license that it was started on; empty: it was on none. */
    Optional<LicenseId> stream() {
        return isStream() ? Optional.of(start.license()) : Optional.empty();
    }

    /** Whether it was started on that streaming license, and on none that had its id before. */
    boolean isOn(License stream) {
        return isStream()
                && stream.type() == LicenseType.STREAMING
                && isOf(stream.id())
                && !start.recordedAt().isBefore(stream.issuedAt());
    }

    private boolean isStream() {
        return start != null && start.type() == LicenseType.STREAMING;
    }

    /** The last that is known of it. */
    private Instant lastAt() {
        if (stop == null) return lastSignAt;
        return lastSignAt == null || stop.at().isAfter(lastSignAt) ? stop.at() : lastSignAt;
    }

    public Optional<Start> started() {
        return Optional.ofNullable(start);
    }

    private boolean isPaused() {
        return !holds.isEmpty() && holds.getLast().paused();
    }

    private Instant lastHeard(Instant at) {
        return lastHeardAt == null || lastHeardAt.isAfter(at) ? lastHeardAt : at;
    }

    private Instant lastSign(Instant at) {
        return lastSignAt == null || at.isAfter(lastSignAt) ? at : lastSignAt;
    }
}
