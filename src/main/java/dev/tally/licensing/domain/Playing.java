package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Title;
import dev.tally.ids.SessionId;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent;
import dev.tally.licensing.events.SessionEvent.SessionKeptAlive;
import dev.tally.licensing.events.SessionEvent.SessionPaused;
import dev.tally.licensing.events.SessionEvent.SessionResumed;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.licensing.events.SessionEvent.SessionStopped;
import dev.tally.licensing.events.SessionEvent.StopCause;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Decides what the reports of players mean. Pure: no clock, no ids made here, no I/O.
 *
 * <p>What a device's clock says is believed only where it is possible (decision 0023).
 */
public final class Playing {

    private Playing() {}

    /** True if a report lies further in the future than clocks may differ. */
    public static boolean isTooFarAhead(Report report, Policy policy, Instant now) {
        var tolerance = policy.duration(PolicyKey.CLOCK_SKEW_TOLERANCE);
        return tolerance != null && report.at(now).isAfter(now.plus(tolerance));
    }

    /**
     * Decides a START. A play that is asked for now must be allowed. A play of a download that is
     * reported late is recorded in any case, with the rules that it broke. A stream is watched as
     * it plays, so nothing of it can be told after its license has ended.
     *
     * @param license the license as it is known now, even if it ended long ago
     * @param title title of the license
     */
    public static Reported start(
            Account account,
            License license,
            Title title,
            Policy policy,
            Report report,
            Instant now) {
        var session =
                account.sessions()
                        .find(report.session())
                        .orElseGet(() -> Session.unstarted(report.session()));
        var at = possible(report, license, now);
        var isLate = isLate(at, policy, now);
        var isStream = license.type() == LicenseType.STREAMING;
        if (session.start() != null) {
            return Reported.without(
                    session.start().license().equals(license.id())
                            ? Result.DUPLICATE
                            : Result.ANOTHER_LICENSE);
        }
        if (session.isClosedAt(now)) return Reported.without(Result.ENDED);
        var judgedAt = isLate ? at : now;
        var broken =
                Licensing.playRules(account, license, title, policy, judgedAt, now).stream()
                        .filter(rule -> isBroken(rule, license, isStream ? now : at))
                        .toList();
        if (!broken.isEmpty() && (isStream || !isLate)) {
            return Reported.denied(broken, Subject.of(license, policy));
        }
        var started = started(license, policy, report, at, labels(broken), now);
        var events = new ArrayList<>(Licensing.firstPlay(account, license, at, now));
        if (isStream && session.stop() != null) {
            events.addAll(released(account, session.id(), license, at, now));
        }
        events.add(started);
        if (isStream && session.stop() == null) {
            events.addAll(displaced(account, license, started, isLate, now));
        }
        return Reported.recorded(events, broken);
    }

    /**
     * Time at which a play counts. A play before its license was issued, or after now, is
     * impossible: the device's clock is wrong. All that is known then is that the play is reported
     * now.
     */
    private static Instant possible(Report report, License license, Instant now) {
        var said = report.at(now);
        return said.isBefore(license.issuedAt()) || said.isAfter(now) ? now : said;
    }

    private static SessionStarted started(
            License license, Policy policy, Report report, Instant at, String broke, Instant now) {
        var said = report.at(now);
        return new SessionStarted(
                report.session(),
                license.id(),
                license.title(),
                license.device(),
                license.type(),
                said,
                now,
                at.equals(said) ? null : at,
                Licensing.aliveFor(policy),
                broke,
                policy.version());
    }

    /**
     * Ends every session but the one that began last: a streaming license has one session at a
     * time.
     */
    private static List<SessionEvent> displaced(
            Account account, License license, SessionStarted started, boolean late, Instant now) {
        var others = account.sessions().underWayOf(license, now).toList();
        var later = others.stream().anyMatch(o -> o.start().at().isAfter(started.playedAt()));
        if (!late && !later) return Licensing.stop(others.stream(), now, StopCause.DISPLACED);
        return others.isEmpty()
                ? List.of()
                : List.of(new SessionStopped(started.session(), now, now, StopCause.DISPLACED));
    }

    /**
     * Decides any report but a START. What is reported of a session before its START waits for it.
     */
    public static Reported report(Account account, Policy policy, Report report, Instant now) {
        var known = account.sessions().find(report.session());
        if (known.isEmpty() && !account.sessions().takesUnstarted(now)) {
            return Reported.without(Result.TOO_MANY_UNSTARTED);
        }
        var session = known.orElseGet(() -> Session.unstarted(report.session()));
        if (session.isClosedAt(now)) return Reported.without(Result.ENDED);
        return switch (report.kind()) {
            case START -> throw new IllegalArgumentException("a START is about a license");
            case PAUSE -> hold(session, true, report, now);
            case RESUME -> hold(session, false, report, now);
            case KEEPALIVE -> keepAlive(session, policy, report, now);
            case STOP -> stop(account, session, report, now);
        };
    }

    private static Reported hold(Session session, boolean paused, Report report, Instant now) {
        var at = report.at(now);
        if (session.isHeld(paused, at)) return Reported.without(Result.DUPLICATE);
        // A sign of life of a stream that is over would give its license back.
        var takesNoMore = session.stop() == null || !at.isBefore(session.endsAt());
        if (hasEnded(session, now) && takesNoMore) return Reported.without(Result.ENDED);
        if (session.holds().size() == Session.MAX_HOLDS) return Reported.without(Result.FULL);
        return Reported.recorded(
                paused
                        ? new SessionPaused(session.id(), at, now)
                        : new SessionResumed(session.id(), at, now));
    }

    /**
     * Decides a keepalive. It is recorded only if it moves the time on at which the session would
     * be over.
     */
    private static Reported keepAlive(Session session, Policy policy, Report report, Instant now) {
        if (session.stop() != null || hasEnded(session, now)) {
            return Reported.without(Result.ENDED);
        }
        var at = report.at(now);
        var aliveUntil = session.aliveUntil();
        var interval = policy.duration(PolicyKey.KEEPALIVE_INTERVAL);
        if (session.start() == null || aliveUntil == null || interval == null) {
            return Reported.without(Result.ACKNOWLEDGED);
        }
        var aliveFor = session.start().aliveFor();
        var lastSign = aliveUntil.minus(aliveFor);
        // A stream lives by the server's clock alone, however wrong the device's is.
        var isStream = session.stream().isPresent();
        var heard = isStream ? now : Times.earliest(at, now);
        var tellsLittle =
                (!isStream && isLate(at, policy, now))
                        || !heard.plus(aliveFor).isAfter(now)
                        || heard.isBefore(lastSign.plus(recordedAfter(interval, aliveFor)));
        return tellsLittle
                ? Reported.without(Result.ACKNOWLEDGED)
                : Reported.recorded(new SessionKeptAlive(session.id(), at, now));
    }

    /**
     * Time after the last sign of life from which a keepalive is recorded. It is a little less than
     * an interval: a player that sends one each interval may send it early, and the next one would
     * be late. Where the grace is short, it is half of the time that a session lives without a sign
     * of life.
     */
    private static Duration recordedAfter(Duration interval, Duration aliveFor) {
        var early = interval.minus(interval.dividedBy(10));
        var half = aliveFor.dividedBy(2);
        return early.compareTo(half) < 0 ? early : half;
    }

    private static Reported stop(Account account, Session session, Report report, Instant now) {
        var at = report.at(now);
        var known = session.stop();
        if (known != null && !Times.earliest(at, now).isBefore(known.at())) {
            return Reported.without(Result.DUPLICATE);
        }
        var events = new ArrayList<>(released(account, session, at, now));
        events.add(new SessionStopped(session.id(), at, now, StopCause.PLAYER));
        return Reported.recorded(events, List.of());
    }

    private static List<CustomerEvent> released(
            Account account, Session session, Instant at, Instant now) {
        return session.started()
                .filter(started -> started.type() == LicenseType.STREAMING)
                .flatMap(started -> account.licenses().find(started.license(), now))
                .map(license -> released(account, session.id(), license, at, now))
                .orElse(List.of());
    }

    /** Releases a streaming license with the last session on it. */
    private static List<CustomerEvent> released(
            Account account, SessionId session, License license, Instant at, Instant now) {
        var isPlayedElsewhere =
                account.sessions()
                        .underWayOf(license, now)
                        .anyMatch(other -> !other.id().equals(session));
        return isPlayedElsewhere || !license.isActiveAt(now)
                ? List.of()
                : List.of(new LicenseReleased(license.id(), now, ReleaseCause.STREAM_STOPPED, at));
    }

    /**
     * True if a stream has ended, and has no license any more. A download's session has no such
     * end: what was played may be told late.
     */
    private static boolean hasEnded(Session session, Instant now) {
        return session.started()
                .filter(started -> started.type() == LicenseType.STREAMING)
                .filter(started -> !session.isUnderWayAt(now))
                .isPresent();
    }

    private static boolean isLate(Instant at, Policy policy, Instant now) {
        var tolerance = policy.duration(PolicyKey.CLOCK_SKEW_TOLERANCE);
        return at.isBefore(now.minus(tolerance == null ? Duration.ZERO : tolerance));
    }

    /** True if a play broke a rule. A license that has ended since may have been played then. */
    private static boolean isBroken(Evaluation rule, License license, Instant at) {
        if (rule.rule() == Rule.LICENSE_ACTIVE) return license.hadEndedAt(at);
        return !rule.satisfied();
    }

    private static String labels(List<Evaluation> rules) {
        return rules.isEmpty()
                ? null
                : rules.stream().map(rule -> rule.rule().label()).collect(Collectors.joining(","));
    }
}
