package dev.tally.licensing.domain;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;

import org.pcollections.PVector;
import org.pcollections.TreePVector;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * One license as its events left it. Expiry is derived from the time asked for, never stored.
 *
 * @param issuedBy the event that issued it
 * @param rentalEndsAt end of the rental clock, never after the title's availability; null: never
 * @param playbackDuration how long it plays after first play; null: as long as it lives
 * @param confirmBy it lapses then unless confirmed; null: it need not be confirmed
 * @param lastRenewals the last {@value #NAMED_RENEWALS} of them, oldest first
 * @param ending how it ended by an act; null: it was not ended
 * @param streamEndsAt when the last session on a streaming license is over as things stand: no
 *     event of the license tells it. Null: never, or it has none
 */
public record License(
        LicenseId id,
        String issuedBy,
        TitleId title,
        StudioId studio,
        DeviceId device,
        LicenseType type,
        PlanId plan,
        Instant issuedAt,
        Instant rentalEndsAt,
        Duration playbackDuration,
        Instant confirmBy,
        boolean confirmed,
        Instant firstPlayedAt,
        int renewals,
        PVector<Renewal> lastRenewals,
        Ending ending,
        Instant streamEndsAt,
        int policyVersion) {

    /** How many renewals a denial can name; more are only counted. */
    static final int NAMED_RENEWALS = 100;

    /** States in the order of a license's life; the last three end it. */
    public enum State {
        ISSUED,
        CONFIRMED,
        PLAYING,
        EXPIRED,
        RELEASED,
        REVOKED
    }

    /** That the rental clock was set anew, and by which event. */
    public record Renewal(String eventId, Instant at) {}

    /** How the license ended, and when. */
    public record Ending(State state, Instant at) {}

    static License issued(String event, LicenseIssued e) {
        return new License(
                e.license(),
                event,
                e.title(),
                e.studio(),
                e.device(),
                e.type(),
                e.plan(),
                e.issuedAt(),
                e.expiresAt(),
                e.playbackDuration(),
                e.confirmBy(),
                false,
                null,
                0,
                TreePVector.empty(),
                null,
                null,
                e.policyVersion());
    }

    License confirm() {
        return with(rentalEndsAt, true, firstPlayedAt, renewals, lastRenewals, ending);
    }

    /** The first by the device's clock, in whatever order plays are reported. */
    License firstPlayed(Instant at) {
        return with(
                rentalEndsAt,
                true,
                firstPlayedAt == null ? at : Times.earliest(firstPlayedAt, at),
                renewals,
                lastRenewals,
                ending);
    }

    /** A stream lives as long as the longest of its sessions. */
    License endedWith(List<Session> sessions) {
        if (sessions.isEmpty()) return this;
        Instant end = sessions.getFirst().endsAt();
        for (var session : sessions) end = Times.latest(end, session.endsAt());
        return with(rentalEndsAt, confirmed, firstPlayedAt, renewals, lastRenewals, ending, end);
    }

    /** Whether a play at a time is one that it allowed, and so may be its first. */
    boolean allowedPlayAt(Instant at) {
        var lapsed = Times.isReached(holdEndsAt(), at);
        var ended = ending != null && Times.isReached(ending.at(), at);
        return !lapsed && !ended && !Times.isReached(rentalEndsAt, at);
    }

    /** Whether it had ended at a time, as far as is known now. */
    public boolean hadEndedAt(Instant at) {
        return Times.isReached(endsAt(), at);
    }

    License renewed(String event, Instant at, Instant until) {
        var named = lastRenewals.plus(new Renewal(event, at));
        if (named.size() > NAMED_RENEWALS) {
            named = named.minus(0);
        }
        return with(until, confirmed, firstPlayedAt, renewals + 1, named, ending);
    }

    License ended(State state, Instant at) {
        return with(
                rentalEndsAt,
                confirmed,
                firstPlayedAt,
                renewals,
                lastRenewals,
                new Ending(state, at));
    }

    /** The earliest of rental, playback, stream and the hold for confirmation; null: never. */
    public Instant expiresAt() {
        return Times.earliest(expiresForGoodAt(), holdEndsAt());
    }

    /** A play before the end of the hold confirms it, however late it is reported. */
    private Instant expiresForGoodAt() {
        var playbackEndsAt = Times.plus(firstPlayedAt, playbackDuration);
        return Times.earliest(Times.earliest(rentalEndsAt, playbackEndsAt), streamEndsAt);
    }

    /** When nothing that is reported late can make it active again; null: never. */
    Instant endsForGoodAt() {
        return ending == null ? expiresForGoodAt() : ending.at();
    }

    /** When it lapses as things stand; null: it was confirmed, or need not be. */
    Instant holdEndsAt() {
        return confirmed ? null : confirmBy;
    }

    public State stateAt(Instant now) {
        if (ending != null) {
            return ending.state();
        }
        if (Times.isReached(expiresAt(), now)) {
            return State.EXPIRED;
        }
        if (firstPlayedAt != null) {
            return State.PLAYING;
        }
        return confirmed ? State.CONFIRMED : State.ISSUED;
    }

    public boolean isActiveAt(Instant now) {
        return ending == null && !Times.isReached(expiresAt(), now);
    }

    /** By act or by time; null: it had not ended. */
    Ending endingAt(Instant now) {
        if (ending != null) return ending;
        return isActiveAt(now) ? null : new Ending(State.EXPIRED, expiresAt());
    }

    boolean isActiveDownloadAt(Instant now) {
        return type == LicenseType.DOWNLOAD && isActiveAt(now);
    }

    /** When its rental clock last started: at issue or at the last renewal. */
    Instant clockStartedAt() {
        return lastRenewals.isEmpty() ? issuedAt : lastRenewals.getLast().at();
    }

    /** The event that last started its rental clock. */
    String clockStartedBy() {
        return lastRenewals.isEmpty() ? issuedBy : lastRenewals.getLast().eventId();
    }

    /** When it ended by act or by time; null: never. */
    Instant endsAt() {
        return ending == null ? expiresAt() : ending.at();
    }

    private License with(
            Instant rentalEndsAt,
            boolean confirmed,
            Instant firstPlayedAt,
            int renewals,
            PVector<Renewal> lastRenewals,
            Ending ending) {
        return with(
                rentalEndsAt,
                confirmed,
                firstPlayedAt,
                renewals,
                lastRenewals,
                ending,
                streamEndsAt);
    }

    private License with(
            Instant rentalEndsAt,
            boolean confirmed,
            Instant firstPlayedAt,
            int renewals,
            PVector<Renewal> lastRenewals,
            Ending ending,
            Instant streamEndsAt) {
        return new License(
                id,
                issuedBy,
                title,
                studio,
                device,
                type,
                plan,
                issuedAt,
                rentalEndsAt,
                playbackDuration,
                confirmBy,
                confirmed,
                firstPlayedAt,
                renewals,
                lastRenewals,
                ending,
                streamEndsAt,
                policyVersion);
    }
}
