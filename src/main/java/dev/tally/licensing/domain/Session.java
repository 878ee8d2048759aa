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
import java.util.Collections;
import java.util.Comparator;
import java.util.Optional;

/**
 * One playback session as its reports left it, the same in whatever order they came.
 *
 * <p>Times are those of the device's clock where they are possible: nothing of a session happens
 * before its start, or after it was recorded.
 *
 * @param start start of the session; null if only later reports have come yet
 * @param lastSignAt time of the latest sign of life, other than STOP; null: none
 * @param lastHeardAt server time at which the latest report was recorded; null: none was. A stream
 *     lives by it: it is watched as it plays, and a device's clock may be slow.
 * @param holds pauses and resumptions, in the order in which they occurred by the device's clock
 * @param stop earliest stop; null: none
 */
public record Session(
        SessionId id,
        Start start,
        Instant lastSignAt,
        Instant lastHeardAt,
        PVector<Hold> holds,
        Stop stop) {

    /**
     * Time for which a session stays in the account after its last report; an older one is read
     * from its events.
     */
    static final Duration KEEP = Duration.ofDays(30);

    /**
     * Most pauses and resumptions of one session: each lies in the state as long as the session
     * does.
     */
    public static final int MAX_HOLDS = 1_000;

    private static final Comparator<Hold> IN_ORDER =
            Comparator.comparing(Hold::at).thenComparing(Hold::paused);

    private static final Comparator<Stop> EARLIEST =
            Comparator.comparing(Stop::at).thenComparing(Stop::cause);

    /** State of a session. */
    public enum State {
        /** The START has not been reported yet. */
        UNSTARTED,
        RUNNING,
        PAUSED,
        /** There was no sign of life for too long. */
        OVER,
        STOPPED
    }

    /**
     * Start of a session.
     *
     * @param event id of the event that recorded it
     * @param at time at which the play counts
     * @param aliveFor time without a sign of life after which the session is over; null: never
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

    /**
     * End of a session by an act.
     *
     * @param at time of the act, perhaps before the session's start if the device's clock is wrong
     */
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
                        e.playedAt(),
                        e.recordedAt(),
                        e.aliveFor());
        return new Session(id, first, lastSign(first.at()), lastHeard(e.recordedAt()), holds, stop);
    }

    Session held(boolean paused, Instant at, Instant heardAt) {
        var hold = new Hold(paused, at);
        var found = Collections.binarySearch(holds, hold, IN_ORDER);
        if (found >= 0) return this;
        var sign = lastSign(Times.earliest(at, heardAt));
        return new Session(id, start, sign, lastHeard(heardAt), holds.plus(-found - 1, hold), stop);
    }

    Session keptAlive(Instant at, Instant heardAt) {
        var sign = lastSign(Times.earliest(at, heardAt));
        return new Session(id, start, sign, lastHeard(heardAt), holds, stop);
    }

    Session stopped(Instant at, Instant heardAt, StopCause cause) {
        var another = new Stop(Times.earliest(at, heardAt), cause);
        var earliest = stop == null || EARLIEST.compare(another, stop) < 0 ? another : stop;
        return new Session(id, start, lastSignAt, lastHeard(heardAt), holds, earliest);
    }

    public boolean isHeld(boolean paused, Instant at) {
        return Collections.binarySearch(holds, new Hold(paused, at), IN_ORDER) >= 0;
    }

    public State stateAt(Instant now) {
        if (stop != null) return State.STOPPED;
        if (start == null) return State.UNSTARTED;
        if (Times.isReached(aliveUntil(), now)) return State.OVER;
        return isPaused() ? State.PAUSED : State.RUNNING;
    }

    /** True if the session plays or pauses, and so can be ended. */
    public boolean isUnderWayAt(Instant now) {
        var state = stateAt(now);
        return state == State.RUNNING || state == State.PAUSED;
    }

    /** Time until which the session lives without another sign of life; null: for ever. */
    public Instant aliveUntil() {
        if (start == null) return lastSignAt;
        return Times.plus(isStream() ? lastHeardAt : lastSignAt, start.aliveFor());
    }

    /** Time at which the session was stopped, never before its start; null: it was not. */
    public Instant stoppedAt() {
        if (stop == null) return null;
        return start == null ? stop.at() : Times.latest(stop.at(), start.at());
    }

    /**
     * Time at which the session ended by act or, as things stand, will end by time; null: never.
     */
    public Instant endsAt() {
        return stop == null ? aliveUntil() : stoppedAt();
    }

    /** True if an account still knows the session at a time; if not, it is read from its events. */
    boolean isKeptAt(Instant now) {
        return !Times.isReached(keptUntil(), now);
    }

    /**
     * True if the session was dropped and takes no more reports: what an account has let go of must
     * not come back without its beginning.
     */
    boolean isClosedAt(Instant now) {
        return !isKeptAt(now);
    }

    /**
     * Number of changes that time alone has made to answers about the session since a time: it was
     * over, and it was dropped.
     */
    int changesByTime(Instant since, Instant now) {
        var over = stop == null && start != null && Times.isBetween(since, aliveUntil(), now);
        return (over ? 1 : 0) + (Times.isBetween(since, keptUntil(), now) ? 1 : 0);
    }

    /**
     * Time until which an account keeps the session, by the server's clock: the device's may be
     * wrong. A stream that can be over is dropped as soon as its license is.
     */
    private Instant keptUntil() {
        return isStream() && endsAt() != null
                ? Times.plus(Times.latest(lastHeardAt, endsAt()), License.KEEP_STREAM)
                : Times.plus(lastHeardAt, KEEP);
    }

    boolean isOf(LicenseId license) {
        return start != null && start.license().equals(license);
    }

    /** Id of the streaming license that the session was started on; empty if on none. */
    Optional<LicenseId> stream() {
        return isStream() ? Optional.of(start.license()) : Optional.empty();
    }

    /**
     * True if the session was started on this streaming license, and not on an earlier one with its
     * id.
     */
    boolean isOn(License stream) {
        return isStream()
                && stream.type() == LicenseType.STREAMING
                && isOf(stream.id())
                && !start.recordedAt().isBefore(stream.issuedAt());
    }

    private boolean isStream() {
        return start != null && start.type() == LicenseType.STREAMING;
    }

    public Optional<Start> started() {
        return Optional.ofNullable(start);
    }

    private boolean isPaused() {
        return !holds.isEmpty() && holds.getLast().paused();
    }

    private Instant lastHeard(Instant at) {
        return lastHeardAt == null || at.isAfter(lastHeardAt) ? at : lastHeardAt;
    }

    private Instant lastSign(Instant at) {
        return lastSignAt == null || at.isAfter(lastSignAt) ? at : lastSignAt;
    }
}
