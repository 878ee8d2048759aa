package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.catalog.Title;
import dev.tally.ids.DeviceId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.LicensingEvent;
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

    /** Of a stream whose session nobody ended and that need not be kept alive. */
    static final Duration LONGEST_STREAM = Duration.ofHours(24);

    private Licensing() {}

    /** An active license for the same device and title comes back as it is: Unchanged. */
    public static Decision decide(
            Account account, Title title, Policy policy, AcquireLicense command) {
        var request = new Request(account, policy, command.at(), title, command.device(), null);
        var rules = Rule.evaluate(rulesOf(command.type()), request);
        if (existing(account, command).isPresent()) {
            return new Unchanged(rules);
        }
        return decide(
                rules,
                () ->
                        switch (command.type()) {
                            case DOWNLOAD -> issueDownload(account, title, policy, command);
                            case STREAMING -> issueStream(title, policy, command);
                        });
    }

    /** The active license that the command asks for, if there is one already. */
    public static Optional<License> existing(Account account, AcquireLicense command) {
        return account.licenses()
                .active(command.type(), command.device(), command.title(), command.at());
    }

    private static Set<Rule> rulesOf(LicenseType type) {
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
                () -> {
                    var events = new ArrayList<LicensingEvent>();
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
        var asked = policy.countRenewals() ? Rule.RENEW_COUNTED : Rule.RENEW;
        var request = new Request(account, policy, command.at(), title, license.device(), license);
        return decide(Rule.evaluate(asked, request), () -> renew(license, title, policy, command));
    }

    /** Sessions on it end with it. A license that has ended already stays as it ended. */
    public static Decision decide(Account account, License license, ReleaseLicense command) {
        if (!license.isActiveAt(command.at())) {
            return new Unchanged(List.of());
        }
        return new Allowed(
                List.of(
                        new LicenseReleased(
                                license.id(),
                                command.at(),
                                ReleaseCause.MEMBER,
                                command.occurredAt())),
                stop(
                        account.sessions().underWayOf(license.id(), command.at()),
                        command.at(),
                        StopCause.LICENSE_RELEASED),
                List.of());
    }

    /** Sessions on it end with it. A license that has ended already stays as it ended. */
    public static Decision decide(Account account, License license, RevokeLicense command) {
        if (!license.isActiveAt(command.at())) {
            return new Unchanged(List.of());
        }
        return new Allowed(
                List.of(new LicenseRevoked(license.id(), command.at(), command.reason())),
                stop(
                        account.sessions().underWayOf(license.id(), command.at()),
                        command.at(),
                        StopCause.LICENSE_REVOKED),
                List.of());
    }

    /**
     * What an account says to playing a license now.
     *
     * @param title of the license
     */
    public static List<Evaluation> playRules(
            Account account, License license, Title title, Policy policy, Instant at) {
        var rules = license.type() == LicenseType.DOWNLOAD ? Rule.PLAY_DOWNLOAD : Rule.PLAY_STREAM;
        return Rule.evaluate(
                rules, new Request(account, policy, at, title, license.device(), license));
    }

    /**
     * What a first play means to the license and its download: it confirms both.
     *
     * @param played when it was, by the device's clock
     * @return empty if it was not allowed then, or an earlier one is known
     */
    public static List<LicensingEvent> firstPlay(
            Account account, License license, Instant played, Instant now) {
        var first = license.firstPlayedAt();
        // A clock that is behind: nobody plays what they do not have yet.
        var at = played.isBefore(license.issuedAt()) ? license.issuedAt() : played;
        if (!license.allowedPlayAt(at) || (first != null && !at.isBefore(first))) {
            return List.of();
        }
        var events = new ArrayList<LicensingEvent>();
        events.add(new LicenseFirstPlayed(license.id(), at, now));
        account.downloads()
                .unconfirmed(license, now)
                .map(d -> new DownloadConfirmed(d.id(), license.title(), now))
                .forEach(events::add);
        return events;
    }

    /** Ends sessions. */
    public static List<SessionEvent> stop(Stream<Session> sessions, Instant now, StopCause cause) {
        return sessions.<SessionEvent>map(s -> new SessionStopped(s.id(), now, now, cause))
                .toList();
    }

    /**
     * Releases every license on the device and ends every session there with it; a device that is
     * off already stays off.
     */
    public static Decision decide(
            Account account, Device device, Policy policy, DeactivateDevice command) {
        var rules = Rule.evaluate(Rule.DEACTIVATE, Request.about(account, policy, command.at()));
        if (!device.isActive()) {
            return new Unchanged(rules);
        }
        var decision = decide(rules, () -> releaseAll(account, device, policy, command));
        return decision instanceof Allowed allowed
                ? new Allowed(
                        allowed.events(),
                        stop(
                                account.sessions().underWayOn(device.id(), command.at()),
                                command.at(),
                                StopCause.DEVICE_DEACTIVATED),
                        rules)
                : decision;
    }

    private static List<LicensingEvent> releaseAll(
            Account account, Device device, Policy policy, DeactivateDevice command) {
        var events = new ArrayList<LicensingEvent>();
        account.licenses()
                .activeOn(device.id(), command.at())
                .map(
                        license ->
                                new LicenseReleased(
                                        license.id(),
                                        command.at(),
                                        ReleaseCause.DEVICE_DEACTIVATED,
                                        null))
                .forEach(events::add);
        events.add(new DeviceDeactivated(device.id(), command.at(), policy.version()));
        return events;
    }

    /**
     * The member's budgets; those of one title or one device only where it is given.
     *
     * @param title may be null
     * @param device may be null
     */
    public static List<Evaluation> quotas(
            Account account, Title title, Policy policy, DeviceId device, Instant at) {
        return Rule.evaluate(Rule.QUOTAS, new Request(account, policy, at, title, device, null));
    }

    /** Those of the budgets that a license used some of up. */
    public static List<Evaluation> quotas(
            Account account, License license, Title title, Policy policy, Instant at) {
        var used =
                license.type() == LicenseType.DOWNLOAD ? Rule.DOWNLOAD_QUOTAS : Rule.STREAM_QUOTAS;
        return Rule.evaluate(used, new Request(account, policy, at, title, license.device(), null));
    }

    private static Decision decide(
            List<Evaluation> rules, Supplier<List<LicensingEvent>> whenAllowed) {
        var allowed = rules.stream().allMatch(Evaluation::satisfied);
        return allowed ? new Allowed(whenAllowed.get(), rules) : new Denied(rules);
    }

    /**
     * It has to be started as soon as a session has to be kept alive, and lasts a day at most:
     * within that it lives as long as its session.
     */
    private static List<LicensingEvent> issueStream(
            Title title, Policy policy, AcquireLicense command) {
        var now = command.at();
        var rentalEndsAt = Times.plus(now, policy.duration(PolicyKey.RENTAL_DURATION));
        return List.of(
                new LicenseIssued(
                        command.newLicense(),
                        command.title(),
                        title.studio(),
                        command.device(),
                        LicenseType.STREAMING,
                        command.plan(),
                        now,
                        Times.earliest(
                                Times.earliest(rentalEndsAt, now.plus(LONGEST_STREAM)),
                                title.availabilityEnd()),
                        policy.duration(PolicyKey.PLAYBACK_DURATION),
                        Times.plus(now, aliveFor(policy)),
                        policy.version()));
    }

    /** How long a session lives without a sign of life; null: for ever. */
    public static Duration aliveFor(Policy policy) {
        var interval = policy.duration(PolicyKey.KEEPALIVE_INTERVAL);
        var grace = policy.duration(PolicyKey.KEEPALIVE_GRACE);
        return interval == null || grace == null ? null : interval.plus(grace);
    }

    private static List<LicensingEvent> issueDownload(
            Account account, Title title, Policy policy, AcquireLicense command) {
        var now = command.at();
        var rentalEndsAt = Times.plus(now, policy.duration(PolicyKey.RENTAL_DURATION));
        var confirmBy = Times.plus(now, policy.duration(PolicyKey.UNCONFIRMED_HOLD));
        var events = new ArrayList<LicensingEvent>();
        events.add(
                new LicenseIssued(
                        command.newLicense(),
                        command.title(),
                        title.studio(),
                        command.device(),
                        LicenseType.DOWNLOAD,
                        command.plan(),
                        now,
                        Times.earliest(rentalEndsAt, title.availabilityEnd()),
                        policy.duration(PolicyKey.PLAYBACK_DURATION),
                        confirmBy,
                        policy.version()));
        events.add(
                new DownloadCounted(
                        command.newDownload(),
                        command.title(),
                        command.newLicense(),
                        now,
                        CountCause.ACQUIRED,
                        confirmBy,
                        policy.version()));
        deviceSeen(account, command).ifPresent(events::add);
        return events;
    }

    private static Optional<LicensingEvent> deviceSeen(Account account, AcquireLicense command) {
        var known = account.devices().find(command.device());
        var knownAs = known.map(Device::name).orElse(null);
        var name = command.deviceName() == null ? knownAs : command.deviceName();
        if (known.filter(Device::isActive).isEmpty()) {
            return Optional.of(new DeviceActivated(command.device(), name, command.at()));
        }
        return Objects.equals(name, knownAs)
                ? Optional.empty()
                : Optional.of(new DeviceRenamed(command.device(), name, command.at()));
    }

    private static List<LicensingEvent> renew(
            License license, Title title, Policy policy, RenewLicense command) {
        var now = command.at();
        var basis = policy.renewalBasis() == RenewalBasis.FROM_NOW ? now : license.rentalEndsAt();
        var renewed = Times.plus(basis, policy.duration(PolicyKey.RENTAL_DURATION));
        var events = new ArrayList<LicensingEvent>();
        events.add(
                new LicenseRenewed(
                        license.id(),
                        now,
                        Times.latest(
                                Times.earliest(renewed, title.availabilityEnd()),
                                license.rentalEndsAt()),
                        policy.version()));
        if (policy.countRenewals()) {
            events.add(
                    new DownloadCounted(
                            command.newDownload(),
                            license.title(),
                            license.id(),
                            now,
                            CountCause.RENEWED,
                            license.holdEndsAt(),
                            policy.version()));
        }
        return events;
    }
}
