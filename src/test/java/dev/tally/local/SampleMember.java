package dev.tally.local;

import com.github.f4b6a3.ulid.Ulid;

import dev.tally.catalog.Policy;
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
import dev.tally.licensing.domain.Command.ReconcileAcquire;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.Playing;
import dev.tally.licensing.domain.Reconciling;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.AccountModel;
import dev.tally.licensing.write.Asked;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * A member of the sample. What they did is decided as the application decides it; a command that is
 * denied stores nothing.
 */
final class SampleMember {

    private static final Caller EDGE = new Caller("edge", "gateway-1");
    private static final Caller OPERATOR = new Caller("operator", "support-7");

    private final CustomerId id;
    private final PlanId plan;
    private final Policy policy;
    private final EventStore store;
    private final SplittableRandom random;

    SampleMember(String id, PlanId plan, Policy policy, EventStore store) {
        this.id = new CustomerId(id);
        this.plan = plan;
        this.policy = policy;
        this.store = store;
        this.random = new SplittableRandom(id.hashCode());
    }

    /** Acquires and confirms a download. */
    LicenseId download(Title title, String device, Instant at) {
        var license = unconfirmed(title, device, at);
        var command = new ConfirmLicense(id, license, at.plusSeconds(40), at.plusSeconds(41));
        decide(
                EDGE,
                command.at(),
                account ->
                        account.licenses()
                                .find(license)
                                .map(found -> Licensing.decide(account, found, command))
                                .orElseGet(SampleMember::nothing));
        return license;
    }

    /** Acquires a download whose device never says that it has stored it. */
    LicenseId unconfirmed(Title title, String device, Instant at) {
        return acquire(LicenseType.DOWNLOAD, title, device, at);
    }

    private LicenseId acquire(LicenseType type, Title title, String device, Instant at) {
        var ids = newIds(at);
        var command = new AcquireLicense(id, wish(type, title, device), ids, at);
        decide(EDGE, at, account -> Licensing.decide(account, title, policy, command));
        return ids.license();
    }

    private Wish wish(LicenseType type, Title title, String device) {
        var name = device.substring(0, 1).toUpperCase(Locale.ROOT) + device.substring(1);
        return new Wish(type, title.id(), new DeviceId(device), name.replace('-', ' '), plan);
    }

    private NewIds newIds(Instant at) {
        var license = new LicenseId(newId(at));
        return new NewIds(license, license, new DownloadId(newId(at)));
    }

    /**
     * Records a license that a node granted for a while without the database.
     *
     * @param granted when it was granted
     * @param until when the token ended
     * @param at when the database was back
     */
    void grantedAlone(Title title, String device, Instant granted, Instant until, Instant at) {
        var command =
                new ReconcileAcquire(
                        id,
                        wish(LicenseType.DOWNLOAD, title, device),
                        title.studio(),
                        newIds(granted),
                        granted,
                        until,
                        at);
        decide(EDGE, at, account -> Reconciling.decide(account, null, title, policy, command));
    }

    /** Plays a download where there is a network. */
    void play(LicenseId license, Title title, Instant begin, Instant end) {
        var session = new SessionId(newId(begin));
        start(session, license, title, null, begin);
        report(session, Kind.STOP, null, end);
    }

    /** Plays a download offline; the device tells it only at a later time. */
    void playOffline(LicenseId license, Title title, Instant begin, Instant end, Instant told) {
        var session = new SessionId(newId(begin));
        start(session, license, title, begin, told);
        report(session, Kind.STOP, end, told.plusMillis(120));
    }

    /** Streams a title on the television, whose player says each minute that it goes on. */
    void stream(Title title, int minutes, Instant at) {
        var license = acquire(LicenseType.STREAMING, title, "tv", at);
        var session = new SessionId(newId(at));
        start(session, license, title, null, at.plusSeconds(2));
        for (int minute = 1; minute < minutes; minute++) {
            var now = at.plusSeconds(62L * minute);
            report(session, minute == minutes / 2 ? Kind.PAUSE : Kind.KEEPALIVE, null, now);
        }
        report(session, Kind.STOP, null, at.plusSeconds(62L * minutes));
    }

    private void start(
            SessionId session, LicenseId license, Title title, Instant occurredAt, Instant at) {
        var report = new Report(session, Kind.START, license, occurredAt);
        decide(
                EDGE,
                at,
                account ->
                        account.licenses()
                                .find(license)
                                .map(l -> Playing.start(account, l, title, policy, report, at))
                                .map(SampleMember::decision)
                                .orElseGet(SampleMember::nothing));
    }

    private void report(SessionId session, Kind kind, Instant occurredAt, Instant at) {
        var report = new Report(session, kind, null, occurredAt);
        decide(EDGE, at, account -> decision(Playing.report(account, policy, report, at)));
    }

    void release(LicenseId license, Instant at) {
        var command = new ReleaseLicense(id, license, null, at);
        decide(
                EDGE,
                at,
                account ->
                        account.licenses()
                                .find(license)
                                .map(found -> Licensing.decide(account, found, command))
                                .orElseGet(SampleMember::nothing));
    }

    void revoke(LicenseId license, String reason, Instant at) {
        var command = new RevokeLicense(id, license, reason, at);
        decide(
                OPERATOR,
                at,
                account ->
                        account.licenses()
                                .find(license)
                                .map(found -> Licensing.decide(account, found, command))
                                .orElseGet(SampleMember::nothing));
    }

    void deactivate(String device, Instant at) {
        var command = new DeactivateDevice(id, new DeviceId(device), at);
        decide(
                EDGE,
                at,
                account ->
                        account.devices()
                                .find(command.device())
                                .map(found -> Licensing.decide(account, found, policy, command))
                                .orElseGet(SampleMember::nothing));
    }

    private static Decision nothing() {
        return new Decision.Unchanged(List.of());
    }

    private static Decision decision(Reported reported) {
        return reported.events().isEmpty() ? nothing() : new Allowed(reported.events(), List.of());
    }

    private void decide(Caller caller, Instant at, Function<Account, Decision> decide) {
        var history = store.read(id.value(), AccountModel.FOLD);
        if (!(decide.apply(history.state()) instanceof Allowed allowed)) return;
        var asked = Asked.once(newId(at), null, caller);
        var events = allowed.events().stream().map(Record.class::cast).toList();
        store.append(history, asked.id(), caller, history.timeOf(at), events);
    }

    /** An id like those of the application, of a given time. */
    private String newId(Instant at) {
        var highest = at.toEpochMilli() << 16 | random.nextInt(1 << 16);
        return new Ulid(highest, random.nextLong()).toString().toLowerCase(Locale.ROOT);
    }
}
