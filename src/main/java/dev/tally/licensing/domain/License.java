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
import java.util.Objects;

/**
 * One license as its events left it: the terms it was issued with, and its progress since. Expiry
 * is derived from the time asked for, never stored.
 *
 * @param issuedBy id of the event that issued it
 * @param titleEndsAt end of the title's availability that the catalogue tells, where it cuts the
 *     license short; null: it does not, or the license is as its events left it, which is how it is
 *     stored
 */
public record License(
        String issuedBy, LicenseIssued terms, Progress progress, Instant titleEndsAt) {

    /** Most renewals that a denial can name; more are only counted. */
    static final int NAMED_RENEWALS = 100;

    /**
     * Time for which an ended download license stays in the account; an older one is read from its
     * events.
     */
    static final Duration KEEP_DOWNLOAD = Duration.ofDays(30);

    /**
     * Time for which an ended streaming license stays in the account. Nothing counts it any more.
     */
    static final Duration KEEP_STREAM = Duration.ofHours(24);

    /** States in the order of a license's life; the last three end it. */
    public enum State {
        ISSUED,
        CONFIRMED,
        PLAYING,
        EXPIRED,
        RELEASED,
        REVOKED
    }

    /** A way in which a license ends. */
    public enum End {
        EXPIRED(State.EXPIRED),
        RELEASED(State.RELEASED),
        REVOKED(State.REVOKED);

        private final State state;

        End(State state) {
            this.state = state;
        }
    }

    /** The end of a license: how and when. */
    public record Ending(End state, Instant at) {}

    /** Cause that keeps a renewal from moving a license's expiry. */
    public enum Cap {
        /** The license already ends with the title's availability. */
        TITLE_AVAILABILITY,
        /** The license was played, and ends with its playback duration. */
        PLAYBACK_DURATION,
        /** The rental clock ends no earlier than the renewed one would, or never. */
        RENTAL_DURATION,
        /** The license lapses unless it is confirmed: confirm it first. */
        UNCONFIRMED_HOLD
    }

    /** One renewal: the event that restarted the rental clock, and its time. */
    public record Renewal(String eventId, Instant at) {}

    /**
     * Mark of a license that a node granted or renewed provisionally while the store was away.
     *
     * @param eventId id of the event that recorded it; if several did, of the last that names rules
     * @param overLimit names of the rules that forbade it; none: they allowed it
     */
    public record Reconciled(String eventId, PVector<String> overLimit) {

        private Reconciled and(Reconciled later) {
            if (later.overLimit.isEmpty() && !overLimit.isEmpty()) return this;
            var names = overLimit;
            for (var name : later.overLimit) if (!names.contains(name)) names = names.plus(name);
            return new Reconciled(later.eventId, names);
        }
    }

    /**
     * Progress of a license since it was issued.
     *
     * @param rentalEndsAt end of the rental clock, never after the title's availability; null:
     *     never
     * @param lastRenewals the last {@value License#NAMED_RENEWALS} renewals, oldest first
     * @param ending end of the license by an act; null: it was not ended
     * @param streamEndsAt time at which the last session on a streaming license is over as things
     *     stand; null: never, or there is no session
     * @param reconciled null: no node granted or renewed the license provisionally
     */
    public record Progress(
            Instant rentalEndsAt,
            boolean confirmed,
            Instant firstPlayedAt,
            int renewals,
            PVector<Renewal> lastRenewals,
            Ending ending,
            Instant streamEndsAt,
            Reconciled reconciled) {

        private Progress played(Instant first) {
            return new Progress(
                    rentalEndsAt,
                    true,
                    first,
                    renewals,
                    lastRenewals,
                    ending,
                    streamEndsAt,
                    reconciled);
        }

        private Progress renewed(Renewal renewal, Instant until) {
            var named = inOrder(renewal);
            if (named.size() > NAMED_RENEWALS) {
                named = named.minus(0);
            }
            return new Progress(
                    until,
                    confirmed,
                    firstPlayedAt,
                    renewals + 1,
                    named,
                    ending,
                    streamEndsAt,
                    reconciled);
        }

        /** The renewals with one more, which may have been recorded long after it was given. */
        private PVector<Renewal> inOrder(Renewal renewal) {
            int place = lastRenewals.size();
            while (place > 0 && lastRenewals.get(place - 1).at().isAfter(renewal.at())) place--;
            return lastRenewals.plus(place, renewal);
        }

        private Progress ended(Ending how) {
            return new Progress(
                    rentalEndsAt,
                    confirmed,
                    firstPlayedAt,
                    renewals,
                    lastRenewals,
                    how,
                    null,
                    reconciled);
        }

        private Progress streamed(Instant until) {
            return new Progress(
                    rentalEndsAt,
                    confirmed,
                    firstPlayedAt,
                    renewals,
                    lastRenewals,
                    ending,
                    until,
                    reconciled);
        }

        private Progress reconciled(Reconciled once) {
            return new Progress(
                    rentalEndsAt,
                    confirmed,
                    firstPlayedAt,
                    renewals,
                    lastRenewals,
                    ending,
                    streamEndsAt,
                    reconciled == null ? once : reconciled.and(once));
        }
    }

    static License issued(String event, LicenseIssued terms) {
        var fresh =
                new Progress(
                        terms.expiresAt(), false, null, 0, TreePVector.empty(), null, null, null);
        return new License(event, terms, fresh, null);
    }

    public LicenseId id() {
        return terms.license();
    }

    public TitleId title() {
        return terms.title();
    }

    public StudioId studio() {
        return terms.studio();
    }

    public DeviceId device() {
        return terms.device();
    }

    public LicenseType type() {
        return terms.type();
    }

    public PlanId plan() {
        return terms.plan();
    }

    public Instant issuedAt() {
        return terms.issuedAt();
    }

    /** Time for which the license plays after first play; null: as long as it lives. */
    public Duration playbackDuration() {
        return terms.playbackDuration();
    }

    /**
     * Time that the rental lasts from its issue or last renewal; null: as long as nothing ends it.
     */
    public Duration rentalDuration() {
        return rentalEndsAt() == null ? null : Duration.between(clockStartedAt(), rentalEndsAt());
    }

    public int policyVersion() {
        return terms.policyVersion();
    }

    public boolean confirmed() {
        return progress.confirmed;
    }

    public Instant firstPlayedAt() {
        return progress.firstPlayedAt;
    }

    public int renewals() {
        return progress.renewals;
    }

    /** End of the license by an act; null: it was not ended. */
    public Ending ending() {
        return progress.ending;
    }

    /** True if a node granted or renewed the license provisionally while the store was away. */
    public boolean wasProvisional() {
        return progress.reconciled != null;
    }

    /** Names of the rules that forbade what a node granted provisionally; usually none. */
    public List<String> overLimit() {
        return progress.reconciled == null ? List.of() : progress.reconciled.overLimit;
    }

    /** Id of the event that recorded what a node granted provisionally; null: no node did. */
    String reconciledBy() {
        return progress.reconciled == null ? null : progress.reconciled.eventId;
    }

    /**
     * False for a license that a node granted although there was another for the same device and
     * title: no limit counts it, and it does not stand for the other.
     */
    boolean counts() {
        return !overLimit().contains(Rule.SECOND_LICENSE.label());
    }

    Instant rentalEndsAt() {
        return progress.rentalEndsAt;
    }

    PVector<Renewal> lastRenewals() {
        return progress.lastRenewals;
    }

    License confirm() {
        return with(progress.played(progress.firstPlayedAt));
    }

    /**
     * The license after a play. The first play is the earliest, in whatever order plays are
     * reported.
     */
    License firstPlayed(Instant at) {
        var known = progress.firstPlayedAt;
        return with(progress.played(known == null ? at : Times.earliest(known, at)));
    }

    /**
     * The license with its sessions: a stream that nobody ended lives as long as the longest of
     * them.
     */
    License playedBy(List<Session> sessions) {
        if (ending() != null || sessions.isEmpty()) return this;
        Instant end = sessions.getFirst().endsAt();
        for (var session : sessions) end = Times.latest(end, session.endsAt());
        return with(progress.streamed(end));
    }

    License renewed(String event, Instant at, Instant until) {
        return with(progress.renewed(new Renewal(event, at), until));
    }

    License reconciled(String event, List<String> overLimit) {
        return with(progress.reconciled(new Reconciled(event, TreePVector.from(overLimit))));
    }

    License ended(End how, Instant at) {
        return with(progress.ended(new Ending(how, at)));
    }

    /** True if the license allowed a play at a time, so that this play may be its first. */
    boolean allowedPlayAt(Instant at) {
        var lapsed = Times.isReached(holdEndsAt(), at);
        var ended = ending() != null && Times.isReached(ending().at(), at);
        var rentalEnds = Times.earliest(rentalEndsAt(), titleEndsAt);
        return !lapsed && !ended && !Times.isReached(rentalEnds, at);
    }

    /**
     * The license as the title's availability lets it be: it ends with it. One that ends before, or
     * that an act has ended, stays as it is.
     */
    License endingWith(Instant availabilityEnd) {
        var ends = expiresForGoodAt();
        var isCut = ending() == null && (ends == null || ends.isAfter(availabilityEnd));
        return isCut ? new License(issuedBy, terms, progress, availabilityEnd) : this;
    }

    /** True if the license had ended at a time, as far as is known now. */
    public boolean hadEndedAt(Instant at) {
        return Times.isReached(endsAt(), at);
    }

    /**
     * True if another license may have this id at a time. A stream's end is told by its sessions
     * only, so it never stands in the way.
     */
    boolean mayReturnAt(Instant at) {
        return type() == LicenseType.STREAMING || hadEndedAt(at);
    }

    /**
     * The earliest end of rental, playback, stream, the title's availability and the hold for
     * confirmation; null: never.
     */
    public Instant expiresAt() {
        return Times.earliest(expiresConfirmedAt(), holdEndsAt());
    }

    private Instant expiresConfirmedAt() {
        return Times.earliest(expiresForGoodAt(), titleEndsAt);
    }

    /**
     * Expiry without the hold and the title's availability. A play before the end of the hold
     * confirms the license, however late it is reported, and the availability may be prolonged.
     */
    private Instant expiresForGoodAt() {
        return Times.earliest(
                Times.earliest(rentalEndsAt(), playbackEndsAt()), progress.streamEndsAt);
    }

    private Instant playbackEndsAt() {
        return Times.plus(firstPlayedAt(), playbackDuration());
    }

    /**
     * Time from which nothing can make the license active again, neither a late report nor a longer
     * availability; null: never.
     */
    Instant endsForGoodAt() {
        return ending() == null ? expiresForGoodAt() : ending().at();
    }

    /** Time at which the license lapses as things stand; null: it was confirmed, or need not be. */
    Instant holdEndsAt() {
        return confirmed() ? null : terms.confirmBy();
    }

    /**
     * Finds what keeps a renewal from moving the expiry of an active license.
     *
     * @param until end that the rental clock would be set to
     * @param availabilityEnd end of the title's availability; null: never
     * @return null if nothing does
     */
    Cap capOf(Instant until, Instant availabilityEnd) {
        var renewed = with(progress.renewed(new Renewal("", issuedAt()), until));
        if (!Objects.equals(expiresAt(), renewed.expiresAt())) return null;
        var end = expiresConfirmedAt();
        if (!Objects.equals(end, renewed.expiresConfirmedAt())) return Cap.UNCONFIRMED_HOLD;
        if (end != null && end.equals(playbackEndsAt())) return Cap.PLAYBACK_DURATION;
        return end != null && Times.isReached(availabilityEnd, end)
                ? Cap.TITLE_AVAILABILITY
                : Cap.RENTAL_DURATION;
    }

    public State stateAt(Instant now) {
        if (ending() != null) {
            return ending().state().state;
        }
        if (Times.isReached(expiresAt(), now)) {
            return State.EXPIRED;
        }
        if (firstPlayedAt() != null) {
            return State.PLAYING;
        }
        return confirmed() ? State.CONFIRMED : State.ISSUED;
    }

    public boolean isActiveAt(Instant now) {
        return ending() == null && !Times.isReached(expiresAt(), now);
    }

    /** End of the license by act or by time; null: it had not ended. */
    Ending endingAt(Instant now) {
        if (ending() != null) return ending();
        return isActiveAt(now) ? null : new Ending(End.EXPIRED, expiresAt());
    }

    boolean isActiveDownloadAt(Instant now) {
        return type() == LicenseType.DOWNLOAD && isActiveAt(now);
    }

    /** True if an account still knows the license at a time; if not, it is read from its events. */
    public boolean isKeptAt(Instant now) {
        return !Times.isReached(Times.plus(endsForGoodAt(), keep()), now);
    }

    /** True if the license has not ended, or ended not long ago. */
    boolean isListedAt(Instant now) {
        return !Times.isReached(leavesListAt(), now);
    }

    /**
     * Number of changes that time alone has made to answers about the license since a time: it
     * ended, and it left the list.
     */
    int changesByTime(Instant since, Instant now) {
        var ended = ending() == null && Times.isBetween(since, expiresAt(), now);
        return (ended ? 1 : 0) + (Times.isBetween(since, leavesListAt(), now) ? 1 : 0);
    }

    private Instant leavesListAt() {
        return Times.plus(endsAt(), keep());
    }

    private Duration keep() {
        return type() == LicenseType.DOWNLOAD ? KEEP_DOWNLOAD : KEEP_STREAM;
    }

    /** Time at which the rental clock last started: at issue or at the last renewal. */
    Instant clockStartedAt() {
        return lastRenewals().isEmpty() ? issuedAt() : lastRenewals().getLast().at();
    }

    /** True if less than a quarter of the license's life is left. */
    public boolean endsSoon(Instant now) {
        var ends = expiresAt();
        if (ends == null) return false;
        var life = Duration.between(clockStartedAt(), ends);
        return Times.isReached(ends.minus(life.dividedBy(RenewalWindow.PART)), now);
    }

    /** Id of the event that last started the rental clock. */
    String clockStartedBy() {
        return lastRenewals().isEmpty() ? issuedBy : lastRenewals().getLast().eventId();
    }

    /** Time at which the license ended or ends, by act or by time; null: never. */
    Instant endsAt() {
        return ending() == null ? expiresAt() : ending().at();
    }

    private License with(Progress changed) {
        return new License(issuedBy, terms, changed, titleEndsAt);
    }
}
