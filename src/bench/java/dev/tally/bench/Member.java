package dev.tally.bench;

import com.github.f4b6a3.ulid.Ulid;

import dev.tally.catalog.Policy;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.eventstore.Caller;
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
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.Wish;
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
import dev.tally.licensing.write.AccountModel;
import dev.tally.licensing.write.Asked;
import dev.tally.licensing.write.CommandHash;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One customer of the shipped plan {@code premium}. Each of its commands is decided as in the
 * application, from the customer's history in the store. A command that is denied stores nothing.
 */
final class Member {

    private static final PlanId PLAN = ShippedPolicies.PREMIUM;
    private static final Policy POLICY =
            ShippedPolicies.withPremium().inForce(null, PLAN, Instant.EPOCH);

    /** A caller whose name is as long as that of a gateway usually is. */
    static final Caller CALLER = new Caller("edge", "gateway-1");

    private final CustomerId id;
    private final EventStore store;
    private final SplittableRandom random;

    /**
     * A customer without history.
     *
     * @param random source of the customer's ids
     */
    Member(String id, EventStore store, SplittableRandom random) {
        this.id = new CustomerId(id);
        this.store = store;
        this.random = random;
    }

    Account account() {
        return store.read(id.value(), AccountModel.FOLD).state();
    }

    /**
     * Acquires a download; returns the new license, if there is one.
     *
     * @param deviceName null if the request does not name the device
     */
    Optional<LicenseId> acquire(Title title, DeviceId device, String deviceName, Instant at) {
        return acquire(
                new Wish(LicenseType.DOWNLOAD, title.id(), device, deviceName, PLAN), title, at);
    }

    /** Acquires a streaming license; returns it if one more stream is allowed. */
    Optional<LicenseId> stream(Title title, DeviceId device, Instant at) {
        return acquire(new Wish(LicenseType.STREAMING, title.id(), device, null, PLAN), title, at);
    }

    private Optional<LicenseId> acquire(Wish wish, Title title, Instant at) {
        var license = new LicenseId(newId(at));
        var ids = new NewIds(license, license, new DownloadId(newId(at)));
        var command = new AcquireLicense(id, wish, ids, at);
        var hash =
                CommandHash.of("acquire")
                        .with("titleId", title.id().value())
                        .with("deviceId", wish.device().value())
                        .with("deviceName", wish.deviceName())
                        .with("plan", PLAN.value())
                        .with("type", wish.type().name());
        var decided =
                decide(hash, at, account -> Licensing.decide(account, title, POLICY, command));
        return decided ? Optional.of(license) : Optional.empty();
    }

    /** Confirms the license at a time by the device's clock. */
    void confirm(LicenseId license, Instant at) {
        var command = new ConfirmLicense(id, license, at.minusMillis(250), at);
        decideAbout(
                license,
                hash("confirm", license).with("occurredAt", command.occurredAt()),
                at,
                (account, found) -> Licensing.decide(account, found, command));
    }

    /** Starts a session; returns it if the license may be played. */
    Optional<SessionId> start(LicenseId license, Title title, Instant at) {
        var report = new Report(new SessionId(newId(at)), Kind.START, license, null);
        var recorded = new AtomicBoolean();
        decideAbout(
                license,
                hash("start", license).with("sessionId", report.session().value()),
                at,
                (account, found) -> {
                    var reported = Playing.start(account, found, title, POLICY, report, at);
                    recorded.set(reported.result() == Result.RECORDED);
                    return decision(reported);
                });
        return recorded.get() ? Optional.of(report.session()) : Optional.empty();
    }

    /** Reports an event of a session after its start. */
    void report(SessionId session, Kind kind, Instant at) {
        var report = new Report(session, kind, null, null);
        decide(
                CommandHash.of("report")
                        .with("sessionId", session.value())
                        .with("events", List.of(CommandHash.of(kind.name()))),
                at,
                account -> decision(Playing.report(account, POLICY, report, at)));
    }

    private static Decision decision(Reported reported) {
        return reported.events().isEmpty()
                ? new Decision.Unchanged(List.of())
                : new Allowed(reported.events(), List.of());
    }

    void renew(LicenseId license, Title title, Instant at) {
        var command = new RenewLicense(id, license, new DownloadId(newId(at)), at);
        decideAbout(
                license,
                hash("renew", license),
                at,
                (account, found) -> Licensing.decide(account, found, title, POLICY, command));
    }

    void release(LicenseId license, Instant at) {
        var command = new ReleaseLicense(id, license, at.minusMillis(250), at);
        decideAbout(
                license,
                hash("release", license).with("occurredAt", command.occurredAt()),
                at,
                (account, found) -> Licensing.decide(account, found, command));
    }

    void deactivate(DeviceId device, Instant at) {
        var command = new DeactivateDevice(id, device, at);
        decide(
                CommandHash.of("deactivate").with("deviceId", device.value()),
                at,
                account ->
                        account.devices()
                                .find(device)
                                .map(d -> Licensing.decide(account, d, POLICY, command))
                                .orElseGet(() -> new Decision.Unchanged(List.of())));
    }

    private static CommandHash hash(String command, LicenseId license) {
        return CommandHash.of(command).with("licenseId", license.value());
    }

    /**
     * Decides a command about a license. Nothing happens if the license ended so long ago that the
     * account no longer has it.
     */
    private void decideAbout(
            LicenseId license,
            CommandHash hash,
            Instant at,
            BiFunction<Account, License, Decision> decide) {
        decide(
                hash,
                at,
                account ->
                        account.licenses()
                                .find(license, at)
                                .map(found -> decide.apply(account, found))
                                .orElseGet(() -> new Decision.Unchanged(List.of())));
    }

    private boolean decide(CommandHash hash, Instant at, Function<Account, Decision> decide) {
        var asked = Asked.under(newId(at), null, CALLER, hash);
        var history = store.read(id.value(), AccountModel.FOLD);
        if (!(decide.apply(history.state()) instanceof Allowed allowed)) return false;
        var events = allowed.events().stream().map(Record.class::cast).toList();
        store.append(history, asked.id(), asked.caller(), history.timeOf(at), events);
        return true;
    }

    /** A new id like those of the application, but of a given time, and the same in every run. */
    private String newId(Instant at) {
        var highest = at.toEpochMilli() << 16 | random.nextInt(1 << 16);
        return new Ulid(highest, random.nextLong()).toString().toLowerCase(Locale.ROOT);
    }
}
