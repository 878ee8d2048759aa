package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.catalog.Title;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Command.SetPolicy;
import dev.tally.licensing.domain.Command.WaiveDownload;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.DownloadEvent.DownloadWaived;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicyRemoved;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicySet;
import dev.tally.licensing.events.SessionEvent;
import dev.tally.licensing.events.SessionEvent.SessionStopped;
import dev.tally.licensing.events.SessionEvent.StopCause;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The rules of one customer's licenses. Pure: no clock, no ids made here, no I/O. */
public final class Licensing {

    /** Longest life of a streaming license, even of one that needs no keepalive. */
    static final Duration LONGEST_STREAM = Duration.ofHours(24);

    private Licensing() {}

    /**
     * Decides to grant a license. An active license for the same device and title comes back as it
     * is: the decision is {@code Unchanged}.
     */
    public static Decision decide(
            Account account, Title title, Policy policy, AcquireLicense command) {
        var request = new Request(account, policy, command.at(), title, command.device(), null);
        var rules = Rule.evaluate(rulesOf(command.type()), request);
        if (existing(account, command).isPresent()) {
            return new Unchanged(rules);
        }
        return decide(
                rules,
                Subject.of(command, title, policy),
                () ->
                        switch (command.type()) {
                            case DOWNLOAD -> issueDownload(account, title, policy, command);
                            case STREAMING -> issueStream(account, title, policy, command);
                        });
    }

    /** The active license that the command asks for, if there is one already. */
    public static Optional<License> existing(Account account, AcquireLicense command) {
        var now = command.at();
        return account.licenses()
                .active(command.type(), command.device(), command.title(), now, now);
    }

    static Set<Rule> rulesOf(LicenseType type) {
        return switch (type) {
            case DOWNLOAD -> Rule.ACQUIRE_DOWNLOAD;
            case STREAMING -> Rule.ACQUIRE_STREAM;
        };
    }

    public static Decision decide(Account account, License license, ConfirmLicense command) {
        var request = new Request(account, null, command.at(), null, null, license);
        var rules = Rule.evaluate(Rule.CONFIRM, request);
        if (license.isActiveAt(command.at()) && license.confirmed()) {
            return new Unchanged(rules);
        }
        return decide(
                rules,
                Subject.of(license, null),
                () -> {
                    var events = new ArrayList<CustomerEvent>();
                    events.add(
                            new LicenseConfirmed(license.id(), command.at(), command.occurredAt()));
                    account.downloads()
                            .unconfirmed(license, command.at())
                            .map(d -> new DownloadConfirmed(d.id(), license.title(), command.at()))
                            .forEach(events::add);
                    return events;
                });
    }

    public static Decision decide(
            Account account, License license, Title title, Policy policy, RenewLicense command) {
        var request = new Request(account, policy, command.at(), title, license.device(), license);
        var rules = Rule.evaluate(renewalRules(policy), request);
        var until = renewedUntil(license, title, policy, command.at());
        var cap = license.capOf(until, title.availabilityEnd());
        if (cap != null && areSatisfied(rules)) {
            return new Unchanged(rules, cap);
        }
        return decide(
                rules, Subject.of(license, policy), () -> renew(license, until, policy, command));
    }

    static Set<Rule> renewalRules(Policy policy) {
        return policy.countRenewals() ? Rule.RENEW_COUNTED : Rule.RENEW;
    }

    /**
     * Decides a release. Sessions on the license end with it. A license that has ended already
     * stays as it ended.
     */
    public static Decision decide(Account account, License license, ReleaseLicense command) {
        var released =
                new LicenseReleased(
                        license.id(), command.at(), ReleaseCause.MEMBER, command.occurredAt());
        return end(account, license, released, StopCause.LICENSE_RELEASED, command.at());
    }

    /**
     * Decides a revocation. Sessions on the license end with it. A license that has ended already
     * stays as it ended.
     */
    public static Decision decide(Account account, License license, RevokeLicense command) {
        var revoked = new LicenseRevoked(license.id(), command.at(), command.reason());
        return end(account, license, revoked, StopCause.LICENSE_REVOKED, command.at());
    }

    /**
     * Decides a waiver. A download that is waived stays as it was waived; one that counts no more
     * may be waived, too, so that the history says why it should not have counted.
     */
    public static Decision decide(Download download, TitleId title, WaiveDownload command) {
        if (download.isWaived()) {
            return new Unchanged(List.of());
        }
        var waived = new DownloadWaived(download.id(), title, command.at(), command.reason());
        return new Allowed(List.of(waived), List.of());
    }

    /**
     * Decides a version of the customer's own policy. It begins when it is written or later, so
     * that nothing changes that was decided before. If the policy is not at the version that the
     * command names, nothing happens.
     */
    public static Decision decide(Account account, SetPolicy command) {
        var newest =
                account.policy()
                        .newest()
                        .filter(version -> !version.isRemoval())
                        .map(OwnPolicy.Version::setBy)
                        .orElse("0");
        if (!newest.equals(Integer.toString(command.supersedes()))) {
            return new Unchanged(List.of());
        }
        var now = command.at();
        var from = command.validFrom().isAfter(now) ? command.validFrom() : now;
        return new Allowed(
                List.of(
                        command.settings() == null
                                ? new CustomerPolicyRemoved(now)
                                : new CustomerPolicySet(command.settings(), from, now)),
                List.of());
    }

    private static Decision end(
            Account account, License license, LicenseEvent ending, StopCause cause, Instant now) {
        if (!license.isActiveAt(now)) {
            return new Unchanged(List.of());
        }
        var events = new ArrayList<CustomerEvent>();
        events.add(ending);
        events.addAll(stop(account.sessions().underWayOf(license, now), now, cause));
        return new Allowed(events, List.of());
    }

    /**
     * Evaluates the rules for playing a license.
     *
     * @param title title of the license
     * @param at time at which the play is judged: when it took place if it is reported late, else
     *     now, since what counts now counts against a play that is asked for now
     */
    static List<Evaluation> playRules(
            Account account, License license, Title title, Policy policy, Instant at, Instant now) {
        var rules = license.type() == LicenseType.DOWNLOAD ? Rule.PLAY_DOWNLOAD : Rule.PLAY_STREAM;
        var request = new Request(account, policy, at, title, license.device(), license);
        return Rule.evaluate(rules, request.askedAt(now));
    }

    /**
     * The events of a first play, which confirms the license and its download.
     *
     * @param at time at which the play counts
     * @return empty if the play was not allowed then, or an earlier one is known
     */
    static List<CustomerEvent> firstPlay(
            Account account, License license, Instant at, Instant now) {
        var first = license.firstPlayedAt();
        if (!license.allowedPlayAt(at) || (first != null && !at.isBefore(first))) {
            return List.of();
        }
        var events = new ArrayList<CustomerEvent>();
        events.add(new LicenseFirstPlayed(license.id(), at, now));
        account.downloads()
                .unconfirmed(license, now)
                .map(d -> new DownloadConfirmed(d.id(), license.title(), now))
                .forEach(events::add);
        return events;
    }

    /** The events that end sessions. */
    static List<SessionEvent> stop(Stream<Session> sessions, Instant now, StopCause cause) {
        return sessions.<SessionEvent>map(s -> new SessionStopped(s.id(), now, now, cause))
                .toList();
    }

    /**
     * Decides a deactivation. Every license on the device is released and every session there ends;
     * a device that is off already stays off.
     */
    public static Decision decide(
            Account account, Device device, Policy policy, DeactivateDevice command) {
        var rules = Rule.evaluate(Rule.DEACTIVATE, Request.about(account, policy, command.at()));
        if (!device.isActive()) {
            return new Unchanged(rules);
        }
        return decide(
                rules,
                Subject.of(device, account.licenses().plan(), policy),
                () -> releaseAll(account, device, policy, command));
    }

    private static List<CustomerEvent> releaseAll(
            Account account, Device device, Policy policy, DeactivateDevice command) {
        var now = command.at();
        var events = new ArrayList<CustomerEvent>();
        account.licenses()
                .activeOn(device.id(), now)
                .map(l -> new LicenseReleased(l.id(), now, ReleaseCause.DEVICE_DEACTIVATED, null))
                .forEach(events::add);
        events.add(new DeviceDeactivated(device.id(), now, policy.version()));
        var sessions = account.sessions().underWayOn(device.id(), now);
        events.addAll(stop(sessions, now, StopCause.DEVICE_DEACTIVATED));
        return events;
    }

    /**
     * The member's budgets; those of one title or one device only where it is given.
     *
     * @param title title of the budgets; may be null
     * @param device device of the budgets; may be null
     */
    public static List<Evaluation> quotas(
            Account account, Title title, Policy policy, DeviceId device, Instant at) {
        return Rule.evaluate(Rule.QUOTAS, new Request(account, policy, at, title, device, null));
    }

    /** The budgets that a license has used part of. */
    public static List<Evaluation> quotas(
            Account account, License license, Title title, Policy policy, Instant at) {
        var used =
                license.type() == LicenseType.DOWNLOAD ? Rule.DOWNLOAD_QUOTAS : Rule.STREAM_QUOTAS;
        return Rule.evaluate(used, new Request(account, policy, at, title, license.device(), null));
    }

    private static Decision decide(
            List<Evaluation> rules, Subject subject, Supplier<List<CustomerEvent>> whenAllowed) {
        return areSatisfied(rules)
                ? new Allowed(whenAllowed.get(), rules)
                : new Denied(rules, subject);
    }

    private static boolean areSatisfied(List<Evaluation> rules) {
        return rules.stream().allMatch(Evaluation::satisfied);
    }

    /**
     * Issues a streaming license. A stream has to be started within the time in which a session has
     * to be kept alive, and lasts a day at most: within that it lives as long as its session.
     */
    private static List<CustomerEvent> issueStream(
            Account account, Title title, Policy policy, AcquireLicense command) {
        var id = newId(account, command);
        var longest = command.at().plus(LONGEST_STREAM);
        var confirmBy = Times.plus(command.at(), aliveFor(policy));
        return List.of(issued(id, longest, confirmBy, title, policy, command));
    }

    /**
     * The event that issues a license.
     *
     * @param longest time that the license ends at the latest; null: as long as its rental
     */
    static LicenseIssued issued(
            LicenseId id,
            Instant longest,
            Instant confirmBy,
            Title title,
            Policy policy,
            AcquireLicense command) {
        var rental = Times.plus(command.at(), policy.duration(PolicyKey.RENTAL_DURATION));
        return new LicenseIssued(
                id,
                title.id(),
                title.studio(),
                command.device(),
                command.type(),
                command.plan(),
                command.at(),
                Times.earliest(Times.earliest(rental, longest), title.availabilityEnd()),
                policy.duration(PolicyKey.PLAYBACK_DURATION),
                confirmBy,
                policy.version());
    }

    private static LicenseId newId(Account account, AcquireLicense command) {
        var ids = command.ids();
        var isKnown = account.licenses().find(ids.license(), command.at()).isPresent();
        return isKnown ? ids.spare() : ids.license();
    }

    /** Time for which a session lives without a sign of life; null: for ever. */
    public static Duration aliveFor(Policy policy) {
        var interval = policy.duration(PolicyKey.KEEPALIVE_INTERVAL);
        var grace = policy.duration(PolicyKey.KEEPALIVE_GRACE);
        return interval == null || grace == null ? null : interval.plus(grace);
    }

    private static List<CustomerEvent> issueDownload(
            Account account, Title title, Policy policy, AcquireLicense command) {
        var now = command.at();
        var id = newId(account, command);
        var confirmBy = Times.plus(now, policy.duration(PolicyKey.UNCONFIRMED_HOLD));
        var events = new ArrayList<CustomerEvent>();
        events.add(issued(id, null, confirmBy, title, policy, command));
        events.add(
                new DownloadCounted(
                        command.ids().download(),
                        command.title(),
                        id,
                        now,
                        CountCause.ACQUIRED,
                        confirmBy,
                        policy.version()));
        deviceSeen(account, command).ifPresent(events::add);
        return events;
    }

    static Optional<CustomerEvent> deviceSeen(Account account, AcquireLicense command) {
        var known = account.devices().find(command.device());
        var knownAs = known.map(Device::name).orElse(null);
        var said = command.wish().deviceName();
        var name = said == null ? knownAs : said;
        if (known.filter(Device::isActive).isEmpty()) {
            return Optional.of(new DeviceActivated(command.device(), name, command.at()));
        }
        return Objects.equals(name, knownAs)
                ? Optional.empty()
                : Optional.of(new DeviceRenamed(command.device(), name, command.at()));
    }

    /** End of the renewed rental clock, never earlier than its present end; null: never. */
    static Instant renewedUntil(License license, Title title, Policy policy, Instant now) {
        var basis = policy.renewalBasis() == RenewalBasis.FROM_NOW ? now : license.rentalEndsAt();
        var renewed = Times.plus(basis, policy.duration(PolicyKey.RENTAL_DURATION));
        return Times.latest(
                Times.earliest(renewed, title.availabilityEnd()), license.rentalEndsAt());
    }

    private static List<CustomerEvent> renew(
            License license, Instant until, Policy policy, RenewLicense command) {
        var now = command.at();
        return renewal(license, now, until, policy, command.newDownload(), now);
    }

    /**
     * The events of a renewal.
     *
     * @param countedAt time at which it counts as a download, if the policy counts renewals
     */
    static List<CustomerEvent> renewal(
            License license,
            Instant renewedAt,
            Instant until,
            Policy policy,
            DownloadId newDownload,
            Instant countedAt) {
        var events = new ArrayList<CustomerEvent>();
        events.add(new LicenseRenewed(license.id(), renewedAt, until, policy.version()));
        if (policy.countRenewals()) {
            events.add(
                    new DownloadCounted(
                            newDownload,
                            license.title(),
                            license.id(),
                            countedAt,
                            CountCause.RENEWED,
                            license.holdEndsAt(),
                            policy.version()));
        }
        return events;
    }
}
