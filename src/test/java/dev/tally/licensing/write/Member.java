package dev.tally.licensing.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.Caller;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Reported;
import dev.tally.licensing.events.LicenseType;
import dev.tally.runtime.Ids;

import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * One customer, new in each test, and their commands, which wait for their turn as in the
 * resources.
 */
@Dependent
public class Member {

    static final PlanId PLAN = new PlanId("premium");
    static final Caller CALLER = new Caller("edge", "tests");

    @Inject AcquireLicenseHandler acquireHandler;
    @Inject ConfirmLicenseHandler confirmHandler;
    @Inject RenewLicenseHandler renewHandler;
    @Inject DeactivateDeviceHandler deactivateHandler;
    @Inject ReportHandler reportHandler;
    @Inject LicensingQueries queries;
    @Inject CustomerTurns turns;
    @Inject InstantSource clock;

    private final CustomerId customer = new CustomerId("customer-" + Ids.next());

    String id() {
        return customer.value();
    }

    LicenseOutcome acquire(TitleId title, String device) {
        return acquire(title, device, Ids.next());
    }

    LicenseOutcome stream(TitleId title, String device) {
        return turns.take(
                customer.value(),
                now -> acquireOutOfTurn(LicenseType.STREAMING, title, device, Ids.next()));
    }

    LicenseOutcome acquire(TitleId title, String device, String key) {
        return turns.take(customer.value(), now -> acquireOutOfTurn(title, device, key));
    }

    /** Acquires without waiting for a turn, like a command on another node. */
    LicenseOutcome acquireOutOfTurn(TitleId title, String device, String key) {
        return acquireOutOfTurn(LicenseType.DOWNLOAD, title, device, key);
    }

    private LicenseOutcome acquireOutOfTurn(
            LicenseType type, TitleId title, String device, String key) {
        var command =
                new AcquireLicense(
                        customer,
                        new Wish(type, title, new DeviceId(device), device, PLAN),
                        new NewIds(
                                new LicenseId(Ids.next()),
                                new LicenseId(Ids.next()),
                                new DownloadId(Ids.next())),
                        clock.instant());
        var hash = CommandHash.of("acquire").with("title", title.value()).with("device", device);
        return acquireHandler.handle(command, Asked.under(key, null, CALLER, hash));
    }

    LicenseOutcome confirm(LicenseId license) {
        var asked = Asked.once(Ids.next(), null, CALLER);
        return turns.take(
                customer.value(),
                now ->
                        confirmHandler.handle(
                                new ConfirmLicense(customer, license, null, now), asked));
    }

    void renew(LicenseId license) {
        var asked = Asked.once(Ids.next(), null, CALLER);
        var outcome =
                turns.take(
                        customer.value(),
                        now ->
                                renewHandler.handle(
                                        new RenewLicense(
                                                customer, license, new DownloadId(Ids.next()), now),
                                        asked));
        assertThat(outcome.decision()).isInstanceOf(Allowed.class);
    }

    Outcome deactivate(String device, String key) {
        var hash = CommandHash.of("deactivate").with("device", device);
        var asked = Asked.under(key, null, CALLER, hash);
        return turns.take(
                customer.value(),
                now ->
                        deactivateHandler.handle(
                                new DeactivateDevice(customer, new DeviceId(device), now), asked));
    }

    Reported.Result start(String session, LicenseId license, Instant occurredAt) {
        return report(new Report(new SessionId(session), Report.Kind.START, license, occurredAt));
    }

    Reported.Result say(Report.Kind kind, String session) {
        return report(new Report(new SessionId(session), kind, null, null));
    }

    private Reported.Result report(Report report) {
        var asked = Asked.once(Ids.next(), null, CALLER);
        return turns.take(
                        customer.value(),
                        now -> reportHandler.handle(customer, List.of(report), now, asked))
                .items()
                .getFirst()
                .reported()
                .result();
    }

    List<License> licenses() {
        var found = queries.account(customer, clock.instant());
        return found.account().licenses().listed(found.at()).toList();
    }
}
