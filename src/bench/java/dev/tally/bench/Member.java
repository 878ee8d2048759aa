package dev.tally.bench;

import com.github.f4b6a3.ulid.Ulid;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyDocument;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.Playing;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.LicensingFolds;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One customer of the shipped plan {@code premium}. Each of its commands is decided as the
 * application does it, from what the store has of it then; what is not allowed leaves nothing
 * behind.
 */
final class Member {

    private static final PlanId PLAN = new PlanId("premium");
    private static final Policy POLICY =
            new PolicySet(
                            List.of(
                                    new PolicyDocument(
                                            Scope.GLOBAL,
                                            Scope.GLOBAL_ID,
                                            1,
                                            PolicySettings.of(ShippedPolicies.global()),
                                            Instant.EPOCH),
                                    new PolicyDocument(
                                            Scope.PLAN,
                                            PLAN.value(),
                                            1,
                                            PolicySettings.of(
                                                    Map.of(PolicyKey.MAX_DOWNLOAD_DEVICES, 6)),
                                            Instant.EPOCH)))
                    .inForce(null, PLAN, Instant.EPOCH);

    private final CustomerId id;
    private final EventStore store;
    private final SplittableRandom random;

    /**
     * A customer without history.
     *
     * @param random of which its ids are made
     */
    Member(String id, EventStore store, SplittableRandom random) {
        this.id = new CustomerId(id);
        this.store = store;
        this.random = random;
    }

    Account account() {
        return LicensingFolds.account(store.read(id.value(), LicensingFolds.ALL));
    }

    /**
     * The new license, if there is one.
     *
     * @param deviceName null: not said
     */
    Optional<LicenseId> acquire(Title title, DeviceId device, String deviceName, Instant at) {
        return acquire(LicenseType.DOWNLOAD, title, device, deviceName, at);
    }

    /** The license of a stream, if there may be one more; it plays as soon as it is started. */
    Optional<LicenseId> stream(Title title, DeviceId device, Instant at) {
        return acquire(LicenseType.STREAMING, title, device, null, at);
    }

    private Optional<LicenseId> acquire(
            LicenseType type, Title title, DeviceId device, String deviceName, Instant at) {
        var command =
                new AcquireLicense(
                        id,
                        type,
                        title.id(),
                        device,
                        deviceName,
                        PLAN,
                        new LicenseId(newId(at)),
                        new DownloadId(newId(at)),
                        at);
        var key = CommandId.of(newId(at), "acquire", title.id(), device, deviceName, PLAN, type);
        var decided = decide(key, at, account -> Licensing.decide(account, title, POLICY, command));
        return decided ? Optional.of(command.newLicense()) : Optional.empty();
    }

    /** The device says so itself, by its own clock. */
    void confirm(LicenseId license, Instant at) {
        var command = new ConfirmLicense(id, license, at.minusMillis(250), at);
        decideAbout(
                license,
                CommandId.of(newId(at), "confirm", license, command.occurredAt()),
                at,
                (account, found) -> Licensing.decide(account, found, command));
    }

    /** The new session, if the license may be played. */
    Optional<SessionId> start(LicenseId license, Title title, Instant at) {
        var report = new Report(new SessionId(newId(at)), Kind.START, license, null);
        var command = CommandId.of(newId(at), "start", license, report.session(), null);
        var recorded = new AtomicBoolean();
        decideAbout(
                license,
                command,
                at,
                (account, found) -> {
                    var reported = Playing.start(account, found, title, POLICY, report, at);
                    recorded.set(reported.result() == Result.RECORDED);
                    return decision(reported);
                });
        return recorded.get() ? Optional.of(report.session()) : Optional.empty();
    }

    /** What the player says of a session after its start. */
    void report(SessionId session, Kind kind, Instant at) {
        var report = new Report(session, kind, null, null);
        decide(
                CommandId.of(newId(at), "report", session, kind),
                at,
                account -> decision(Playing.report(account, POLICY, report, at)));
    }

    private static Decision decision(Reported reported) {
        return reported.licensing().isEmpty() && reported.sessions().isEmpty()
                ? new Decision.Unchanged(List.of())
                : new Allowed(reported.licensing(), reported.sessions(), List.of());
    }

    void renew(LicenseId license, Title title, Instant at) {
        var command = new RenewLicense(id, license, new DownloadId(newId(at)), at);
        decideAbout(
                license,
                CommandId.of(newId(at), "renew", license),
                at,
                (account, found) -> Licensing.decide(account, found, title, POLICY, command));
    }

    void release(LicenseId license, Instant at) {
        var command = new ReleaseLicense(id, license, at.minusMillis(250), at);
        decideAbout(
                license,
                CommandId.of(newId(at), "release", license, command.occurredAt()),
                at,
                (account, found) -> Licensing.decide(account, found, command));
    }

    void deactivate(DeviceId device, Instant at) {
        var command = new DeactivateDevice(id, device, at);
        decide(
                CommandId.of(newId(at), "deactivate", device),
                at,
                account ->
                        account.devices()
                                .find(device)
                                .map(d -> Licensing.decide(account, d, POLICY, command))
                                .orElseGet(() -> new Decision.Unchanged(List.of())));
    }

    /** A license that ended long ago is no longer in the account, and nothing happens to it. */
    private void decideAbout(
            LicenseId license,
            CommandId command,
            Instant at,
            BiFunction<Account, License, Decision> decide) {
        decide(
                command,
                at,
                account ->
                        account.licenses()
                                .find(license)
                                .map(found -> decide.apply(account, found))
                                .orElseGet(() -> new Decision.Unchanged(List.of())));
    }

    private boolean decide(CommandId command, Instant at, Function<Account, Decision> decide) {
        var history = store.read(id.value(), LicensingFolds.ALL);
        if (!(decide.apply(LicensingFolds.account(history)) instanceof Allowed allowed)) {
            return false;
        }
        store.append(history, command, at, allowed.records());
        return true;
    }

    /** As the application's, but of a time that is over and the same in every run. */
    private String newId(Instant at) {
        var highest = at.toEpochMilli() << 16 | random.nextInt(1 << 16);
        return new Ulid(highest, random.nextLong()).toString().toLowerCase(Locale.ROOT);
    }
}
