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

    /** How long a session stays in the state after the last of it; older ones are read anew. */
    public static final Duration KEEP = Duration.ofDays(30);

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
     * Of what, where and when.
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
            Duration aliveFor) {}

    /** That it paused, or went on. */
    public record Hold(boolean paused, Instant at) {}

    /** That it ended by an act. */
    public record Stop(Instant at, StopCause cause) {}

    /** Of which nothing is known yet. */
    public static Session unstarted(SessionId id) {
        return new Session(id, null, null, null, TreePVector.empty(), null);
    }

    /** It starts once: what else is said of its start changes nothing. */
    Session started(String event, SessionStarted e) {
        if (start != null) return this;
        var first =
                new Start(
                        event,
                        e.license(),
                        e.title(),
                        e.device(),
                        e.type(),
                        e.occurredAt(),
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

    /** The last that is known of it. */
    Instant lastAt() {
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
