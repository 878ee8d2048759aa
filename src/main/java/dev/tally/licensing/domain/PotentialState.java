package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.OnLicense;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.domain.Supposable.TakeReport;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An account as it would be after some commands that nobody has sent. Pure: no clock, no ids made
 * here, no I/O.
 *
 * <p>What the third command makes is named {@code #3}: its license, its download and its events.
 * Later commands name the license so, too. If the third command gives back a license that was there
 * before, {@code #3} means that one.
 *
 * @param account the account after all commands
 * @param done what was decided about each command, in order
 */
public record PotentialState(Account account, List<Done> done) {

    private static final String PREFIX = "#";

    /** Answer of the rules to a command. */
    public enum Verdict {
        /** The command takes effect. */
        ALLOWED,
        /** What the command asks for is so already. */
        UNCHANGED,
        /** At least one rule forbids it. */
        DENIED,
        /** It cannot be decided as it was asked: {@link Done#why} says what is wrong. */
        REFUSED
    }

    /** Why a command cannot be decided, or has no effect. */
    public enum Why {
        /** The account has no such license. */
        UNKNOWN_LICENSE,
        /** The account has no such device. */
        UNKNOWN_DEVICE,
        /** The device's time lies further ahead than clocks may differ. */
        CLOCK_SKEW,
        /** The report is known already. */
        DUPLICATE,
        /** The keepalive tells too little to be recorded. */
        ACKNOWLEDGED,
        /** The session had ended before. */
        ENDED,
        /** The session was started on another license. */
        ANOTHER_LICENSE,
        /** The session has all the reports that it may have. */
        FULL,
        /** As many sessions wait for their START as may. */
        TOO_MANY_UNSTARTED,
        /** The renewal moves nothing: the license ends with the title's availability. */
        TITLE_AVAILABILITY,
        /** The renewal moves nothing: the license ends with its playback duration. */
        PLAYBACK_DURATION,
        /** The renewal moves nothing: the rental clock ends no earlier than the renewed one. */
        RENTAL_DURATION,
        /** The renewal moves nothing: the license lapses unless it is confirmed. */
        UNCONFIRMED_HOLD
    }

    /**
     * One command and what was decided about it.
     *
     * @param why null: the rules tell it, or there is nothing to tell
     * @param rules rules that were evaluated; of a report, only those that it breaks
     * @param license license that the command is about, or gives; null: none
     */
    public record Done(
            Supposable command,
            Verdict verdict,
            Why why,
            List<Evaluation> rules,
            LicenseId license) {}

    /** The answer to one command, with the events that make it true. */
    private record Answer(
            Verdict verdict,
            Why why,
            List<Evaluation> rules,
            LicenseId license,
            List<CustomerEvent> events) {

        static Answer of(Decision decision, LicenseId license) {
            return switch (decision) {
                case Allowed allowed ->
                        new Answer(
                                Verdict.ALLOWED, null, allowed.rules(), license, allowed.events());
                case Unchanged same ->
                        new Answer(
                                Verdict.UNCHANGED,
                                same.cap() == null ? null : Why.valueOf(same.cap().name()),
                                same.rules(),
                                license,
                                List.of());
                case Denied denied ->
                        new Answer(Verdict.DENIED, null, denied.rules(), license, List.of());
            };
        }

        static Answer refused(Why why, LicenseId license) {
            return new Answer(Verdict.REFUSED, why, List.of(), license, List.of());
        }

        static Answer of(Reported reported, LicenseId license) {
            return switch (reported.result()) {
                case RECORDED ->
                        new Answer(
                                Verdict.ALLOWED,
                                null,
                                reported.broken(),
                                license,
                                reported.events());
                case DENIED ->
                        new Answer(Verdict.DENIED, null, reported.broken(), license, List.of());
                case DUPLICATE, ACKNOWLEDGED ->
                        new Answer(
                                Verdict.UNCHANGED,
                                why(reported.result()),
                                List.of(),
                                license,
                                List.of());
                case ENDED, ANOTHER_LICENSE, FULL, TOO_MANY_UNSTARTED ->
                        refused(why(reported.result()), license);
            };
        }

        private static Why why(Result result) {
            return Why.valueOf(result.name());
        }
    }

    public PotentialState {
        done = List.copyOf(done);
    }

    /** The account as it is, before any command. */
    public static PotentialState of(Account account) {
        return new PotentialState(account, List.of());
    }

    /** The ids of what the command at a place makes; places count from 1. */
    public static NewIds ids(int place) {
        return new NewIds(license(place), license(place), download(place));
    }

    /** The name of the license that the command at a place makes. */
    public static LicenseId license(int place) {
        return new LicenseId(PREFIX + place);
    }

    /** The name of the download that the command at a place makes. */
    public static DownloadId download(int place) {
        return new DownloadId(PREFIX + place);
    }

    /** The state after all commands, each decided on the account that the one before it left. */
    public PotentialState after(List<Supposable> commands, Circumstances known) {
        var state = this;
        for (var command : commands) state = state.after(command, known);
        return state;
    }

    private PotentialState after(Supposable command, Circumstances known) {
        var before = command instanceof TakeReport taken ? reading(taken, known) : account;
        var answer = new Deciding(before, known).answer(command);
        var changed = before;
        var event = PREFIX + (done.size() + 1);
        for (var each : answer.events) changed = Account.evolve(changed, event, each);
        var all = new ArrayList<>(done);
        all.add(new Done(command, answer.verdict, answer.why, answer.rules, answer.license));
        return new PotentialState(known.seen(changed), all);
    }

    /** The account with the session of a report, which it may have dropped. */
    private Account reading(TakeReport taken, Circumstances known) {
        var session = taken.report().session();
        // What supposed commands did to it is only here, however long ago they are supposed.
        if (account.sessions().find(session).isPresent()) return account;
        return known.session(session).map(account::with).orElse(account);
    }

    /** The license that a command means: by its id, or by the command that makes it. */
    private LicenseId meant(LicenseId id) {
        for (int place = 1; place <= done.size(); place++) {
            var made = done.get(place - 1).license;
            if (made != null && license(place).equals(id)) return made;
        }
        return id;
    }

    /** Decides one command on one account. */
    private final class Deciding {

        private final Account before;
        private final Circumstances known;

        Deciding(Account before, Circumstances known) {
            this.before = before;
            this.known = known;
        }

        Answer answer(Supposable command) {
            return switch (command) {
                case AcquireLicense c -> acquire(c);
                case ConfirmLicense c -> onLicense(c, license -> confirm(license, c));
                case RenewLicense c -> onLicense(c, license -> renew(license, c));
                case ReleaseLicense c -> onLicense(c, license -> release(license, c));
                case RevokeLicense c ->
                        onLicense(
                                c,
                                license ->
                                        Answer.of(
                                                Licensing.decide(before, license, c),
                                                license.id()));
                case DeactivateDevice c -> deactivate(c);
                case TakeReport c when c.report().kind() == Kind.START -> start(c);
                case TakeReport c -> follow(c);
            };
        }

        private Answer acquire(AcquireLicense command) {
            var title = known.title(command.title());
            var policy = known.policy(title, command.plan(), command.at());
            var decision = Licensing.decide(before, title, policy, command);
            return Answer.of(
                    decision,
                    switch (decision) {
                        case Allowed allowed ->
                                ((LicenseIssued) allowed.events().getFirst()).license();
                        case Unchanged same ->
                                Licensing.existing(before, command).orElseThrow().id();
                        case Denied denied -> null;
                    });
        }

        private interface AboutLicense {
            Answer decide(License license);
        }

        private Answer onLicense(OnLicense<?> command, AboutLicense decide) {
            return find(command.license())
                    .map(decide::decide)
                    .orElseGet(() -> Answer.refused(Why.UNKNOWN_LICENSE, null));
        }

        private Optional<License> find(LicenseId id) {
            var meant = meant(id);
            // What supposed commands did to it is only here, however long ago they are supposed.
            return before.licenses().find(meant).or(() -> known.license(meant));
        }

        private Answer confirm(License license, ConfirmLicense command) {
            return isTooFarAhead(license, command.occurredAt(), command.at())
                    ? Answer.refused(Why.CLOCK_SKEW, license.id())
                    : Answer.of(Licensing.decide(before, license, command), license.id());
        }

        private Answer renew(License license, RenewLicense command) {
            var title = known.title(license.title());
            var policy = known.policyInForce(title, license.plan(), command.at());
            return Answer.of(
                    Licensing.decide(before, license, title, policy, command), license.id());
        }

        private Answer release(License license, ReleaseLicense command) {
            return isTooFarAhead(license, command.occurredAt(), command.at())
                    ? Answer.refused(Why.CLOCK_SKEW, license.id())
                    : Answer.of(Licensing.decide(before, license, command), license.id());
        }

        private boolean isTooFarAhead(License license, Instant occurredAt, Instant at) {
            var title = known.title(license.title());
            var tolerance =
                    known.policyInForce(title, license.plan(), at)
                            .duration(PolicyKey.CLOCK_SKEW_TOLERANCE);
            return occurredAt != null
                    && tolerance != null
                    && occurredAt.isAfter(at.plus(tolerance));
        }

        private Answer deactivate(DeactivateDevice command) {
            var device = before.devices().find(command.device());
            if (device.isEmpty()) return Answer.refused(Why.UNKNOWN_DEVICE, null);
            var policy = known.policyInForce(null, before.licenses().plan(), command.at());
            return Answer.of(Licensing.decide(before, device.get(), policy, command), null);
        }

        private Answer start(TakeReport command) {
            var at = command.at();
            var found = find(command.report().license());
            if (found.isEmpty()) return Answer.refused(Why.UNKNOWN_LICENSE, null);
            var license = found.get();
            var title = known.title(license.title());
            var policy = known.policyInForce(title, license.plan(), at);
            return Playing.isTooFarAhead(command.report(), policy, at)
                    ? Answer.refused(Why.CLOCK_SKEW, license.id())
                    : Answer.of(
                            Playing.start(before, license, title, policy, command.report(), at),
                            license.id());
        }

        private Answer follow(TakeReport command) {
            var at = command.at();
            var started = before.sessions().find(command.report().session()).map(Session::start);
            var license = started.map(Session.Start::license).orElse(null);
            var policy =
                    started.map(start -> policyOf(start, at)).orElseGet(() -> policyOfNone(at));
            return Playing.isTooFarAhead(command.report(), policy, at)
                    ? Answer.refused(Why.CLOCK_SKEW, license)
                    : Answer.of(Playing.report(before, policy, command.report(), at), license);
        }

        private Policy policyOf(Session.Start started, Instant at) {
            var plan =
                    before.licenses()
                            .find(started.license(), at)
                            .map(License::plan)
                            .orElse(before.licenses().plan());
            return known.policyInForce(known.title(started.title()), plan, at);
        }

        /** The policy for a session of which no START is known. */
        private Policy policyOfNone(Instant at) {
            return known.policyInForce(null, before.licenses().plan(), at);
        }
    }
}
