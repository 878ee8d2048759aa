package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.catalog.Title;
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
import dev.tally.licensing.events.DeviceId;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.LicensingEvent;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** The rules of one customer's licenses. Pure: no clock, no ids made here, no I/O. */
public final class Licensing {

    private Licensing() {}

    /** An active license for the same device and title comes back as it is: Unchanged. */
    public static Decision decide(
            Account account, Title title, Policy policy, AcquireLicense command) {
        var request = new Request(account, policy, command.at(), title, command.device(), null);
        var rules = Rule.evaluate(Rule.ACQUIRE, request);
        if (existing(account, command).isPresent()) {
            return new Unchanged(rules);
        }
        return decide(rules, () -> issue(account, title, policy, command));
    }

    /** The active license that the command asks for, if there is one already. */
    public static Optional<License> existing(Account account, AcquireLicense command) {
        return account.licenses().activeDownload(command.device(), command.title(), command.at());
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

    /** A license that has ended already stays as it ended. */
    public static Decision decide(License license, ReleaseLicense command) {
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
                List.of());
    }

    /** A license that has ended already stays as it ended. */
    public static Decision decide(License license, RevokeLicense command) {
        if (!license.isActiveAt(command.at())) {
            return new Unchanged(List.of());
        }
        return new Allowed(
                List.of(new LicenseRevoked(license.id(), command.at(), command.reason())),
                List.of());
    }

    /** Releases every license on the device with it; a device that is off already stays off. */
    public static Decision decide(
            Account account, Device device, Policy policy, DeactivateDevice command) {
        var rules = Rule.evaluate(Rule.DEACTIVATE, Request.about(account, policy, command.at()));
        if (!device.isActive()) {
            return new Unchanged(rules);
        }
        return decide(
                rules,
                () -> {
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
                });
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

    private static Decision decide(
            List<Evaluation> rules, Supplier<List<LicensingEvent>> whenAllowed) {
        var allowed = rules.stream().allMatch(Evaluation::satisfied);
        return allowed ? new Allowed(whenAllowed.get(), rules) : new Denied(rules);
    }

    private static List<LicensingEvent> issue(
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
