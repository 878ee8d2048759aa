package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Title;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ReconcileAcquire;
import dev.tally.licensing.domain.Command.ReconcileRenewal;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.ProvisionalLicenseReconciled;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides how a license or a renewal is recorded that a node granted while the store was away.
 * Pure: no clock, no ids made here, no I/O.
 *
 * <p>What was granted cannot be taken back, so nothing is denied. The rules are asked for the time
 * at which it was granted, of the account as it is known now. If they allow it, it becomes what it
 * would have become then. If not, it lasts as long as the token that was given, and its event names
 * the rules.
 */
public final class Reconciling {

    /**
     * Furthest time back at which a download is counted. What was granted earlier counts as if it
     * had been granted then. Accounts keep what counted so long ago for that.
     */
    static final Duration REACH_BACK = Duration.ofDays(30);

    private Reconciling() {}

    /**
     * Decides how a license is recorded. {@code Unchanged} if it was recorded before.
     *
     * @param known license with the id that the node gave, even if it ended long ago; null: there
     *     is none
     * @param title title as it is known now
     * @param policy policy that was in force when the license was granted
     */
    public static Decision decide(
            Account account, License known, Title title, Policy policy, ReconcileAcquire command) {
        if (known != null && isOf(known, command)) return new Unchanged(List.of());
        var other = other(account, command);
        var rules = rules(account, other, title, policy, command);
        var broken = broken(rules);
        var license = issued(idOf(known, command), title, policy, !broken.isEmpty(), command);
        var deactivated = deactivatedSince(account, license);
        var releasing = deactivated.filter(device -> wasOn(device, license));
        var events = new ArrayList<CustomerEvent>();
        events.add(license);
        if (license.type() == LicenseType.DOWNLOAD) {
            if (other.isEmpty()) events.add(counted(license, command));
            if (deactivated.isEmpty()) {
                Licensing.deviceSeen(account, asAsked(command)).ifPresent(events::add);
            }
        }
        events.add(
                new ProvisionalLicenseReconciled(
                        license.license(), command.at(), command.until(), broken));
        releasing.map(device -> released(license, device)).ifPresent(events::add);
        return new Allowed(events, rules);
    }

    /**
     * Decides how a renewal is recorded. {@code Unchanged} if it was recorded before, however long
     * ago: a token that carries it may be shown again when its command is forgotten.
     *
     * @param license the license as it is known now, even if it ended long ago
     * @param title title as it is known now
     * @param policy policy that was in force when the renewal was granted
     */
    public static Decision decide(
            Account account,
            License license,
            Title title,
            Policy policy,
            ReconcileRenewal command) {
        if (isKnown(license, command)) return new Unchanged(List.of());
        var request =
                new Request(account, policy, command.renewedAt(), title, license.device(), license);
        var rules = Rule.evaluate(Licensing.renewalRules(policy), request.askedAt(command.at()));
        var broken = broken(rules);
        var events = new ArrayList<CustomerEvent>();
        if (canBeRenewed(license, command)) {
            events.addAll(
                    broken.isEmpty()
                            ? renewed(license, title, policy, command)
                            : prolonged(license, title, policy, command));
        }
        events.add(
                new ProvisionalLicenseReconciled(
                        license.id(),
                        command.at(),
                        command.until(),
                        outlives(command.until(), license) ? broken : List.of()));
        return new Allowed(events, rules);
    }

    private static boolean isKnown(License license, ReconcileRenewal command) {
        return license.lastRenewals().stream()
                .anyMatch(renewal -> renewal.at().equals(command.renewedAt()));
    }

    private static List<String> broken(List<Evaluation> rules) {
        return rules.stream()
                .filter(rule -> !rule.satisfied())
                .map(rule -> rule.rule().label())
                .toList();
    }

    /**
     * True if a known license is the one that was granted: it was recorded before, or its device
     * asked once more, under the same key, when the store was back.
     */
    private static boolean isOf(License known, ReconcileAcquire command) {
        var wish = command.wish();
        return known.type() == wish.type()
                && known.device().equals(wish.device())
                && known.title().equals(wish.title())
                && (known.issuedAt().equals(command.issuedAt())
                        || !known.hadEndedAt(command.issuedAt()));
    }

    /** The id that the node gave, unless another license has it. */
    private static LicenseId idOf(License known, ReconcileAcquire command) {
        var isFree =
                known == null
                        || (!known.isKeptAt(command.at())
                                && Times.isReached(known.endsForGoodAt(), command.issuedAt()));
        return isFree ? command.ids().license() : command.ids().spare();
    }

    /** The license for the device and title that the node did not know of. */
    private static Optional<License> other(Account account, ReconcileAcquire command) {
        var wish = command.wish();
        return account.licenses()
                .active(wish.type(), wish.device(), wish.title(), command.issuedAt(), command.at());
    }

    private static List<Evaluation> rules(
            Account account,
            Optional<License> other,
            Title title,
            Policy policy,
            ReconcileAcquire command) {
        var wish = command.wish();
        var rules = other.isEmpty() ? Licensing.rulesOf(wish.type()) : Rule.ACQUIRE_SECOND;
        var request =
                new Request(
                        account,
                        policy,
                        command.issuedAt(),
                        title,
                        wish.device(),
                        other.orElse(null));
        return Rule.evaluate(rules, request.askedAt(command.at()));
    }

    /** The acquire as the node was asked for it. */
    private static AcquireLicense asAsked(ReconcileAcquire command) {
        return new AcquireLicense(
                command.customer(), command.wish(), command.ids(), command.issuedAt());
    }

    /**
     * Issues the license.
     *
     * @param isShort true if it ends with the token that was given
     */
    private static LicenseIssued issued(
            LicenseId id, Title title, Policy policy, boolean isShort, ReconcileAcquire command) {
        var longest =
                switch (command.wish().type()) {
                    case DOWNLOAD -> null;
                    case STREAMING -> command.issuedAt().plus(Licensing.LONGEST_STREAM);
                };
        return Licensing.issued(
                id,
                isShort ? Times.earliest(longest, command.until()) : longest,
                confirmBy(policy, command),
                title,
                policy,
                asAsked(command));
    }

    /**
     * Time until which the device has to confirm. It could not while the store was away, so the
     * time that it has for it begins now. A download does not lapse before the token that was given
     * ends, since until then it plays. A stream whose token has ended does not play any more.
     */
    private static Instant confirmBy(Policy policy, ReconcileAcquire command) {
        return switch (command.wish().type()) {
            case DOWNLOAD ->
                    Times.latest(
                            Times.plus(command.at(), policy.duration(PolicyKey.UNCONFIRMED_HOLD)),
                            command.until());
            case STREAMING ->
                    Times.plus(
                            Times.isReached(command.until(), command.at())
                                    ? command.issuedAt()
                                    : command.at(),
                            Licensing.aliveFor(policy));
        };
    }

    private static DownloadCounted counted(LicenseIssued license, ReconcileAcquire command) {
        return new DownloadCounted(
                command.ids().download(),
                license.title(),
                license.license(),
                countedAt(license.issuedAt(), command.at()),
                CountCause.ACQUIRED,
                license.confirmBy(),
                license.policyVersion());
    }

    private static Instant countedAt(Instant granted, Instant now) {
        return Times.latest(granted, now.minus(REACH_BACK));
    }

    /** The license's device, if it was deactivated after it got the license. It stays off. */
    private static Optional<Device> deactivatedSince(Account account, LicenseIssued license) {
        return account.devices()
                .find(license.device())
                .filter(device -> !device.isActive())
                .filter(device -> !device.deactivatedAt().isBefore(license.issuedAt()));
    }

    /**
     * True if the license had not ended when its device was deactivated. It is released then, like
     * all licenses that were on the device.
     */
    private static boolean wasOn(Device deactivated, LicenseIssued license) {
        return License.issued("", license).isActiveAt(deactivated.deactivatedAt());
    }

    private static LicenseReleased released(LicenseIssued license, Device device) {
        return new LicenseReleased(
                license.license(), device.deactivatedAt(), ReleaseCause.DEVICE_DEACTIVATED, null);
    }

    /** False if an act has ended the license, or the account has let go of it. */
    private static boolean canBeRenewed(License license, ReconcileRenewal command) {
        return license.type() == LicenseType.DOWNLOAD
                && license.ending() == null
                && license.isKeptAt(command.at());
    }

    /** The events of a renewal that the rules allow; none if it would not move the expiry. */
    private static List<CustomerEvent> renewed(
            License license, Title title, Policy policy, ReconcileRenewal command) {
        var at = command.renewedAt();
        var until = Licensing.renewedUntil(license, title, policy, at);
        if (license.capOf(until, title.availabilityEnd()) != null) return List.of();
        return Licensing.renewal(
                license, at, until, policy, command.newDownload(), countedAt(at, command.at()));
    }

    /** The events of a renewal that the rules forbid: the license lives as long as its token. */
    private static List<CustomerEvent> prolonged(
            License license, Title title, Policy policy, ReconcileRenewal command) {
        var until =
                Times.latest(
                        Times.earliest(command.until(), title.availabilityEnd()),
                        license.rentalEndsAt());
        return license.capOf(until, title.availabilityEnd()) == null
                ? List.of(
                        new LicenseRenewed(
                                license.id(), command.renewedAt(), until, policy.version()))
                : List.of();
    }

    /** False if the license allows all that the token does, so that it is beyond no limit. */
    private static boolean outlives(Instant until, License license) {
        return license.endsAt() != null && until.isAfter(license.endsAt());
    }
}
