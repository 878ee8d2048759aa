package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReconcileAcquire;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Runs the commands of one customer one after the other, and returns events and state. Events are
 * named by their type and subject.
 */
final class Evening {

    static final Instant BEGIN = Instant.parse("2026-03-01T18:00:00Z");

    private static final CustomerId CUSTOMER = new CustomerId("customer");

    private final Map<PolicyKey, Object> policies = ShippedPolicies.global();
    private final Map<TitleId, Instant> ends = new HashMap<>();
    private Account account = Account.EMPTY;
    private Instant now = BEGIN;

    /** Sets a limit for the following commands. */
    Evening under(PolicyKey key, Object value) {
        policies.put(key, value);
        return this;
    }

    Evening after(Duration time) {
        now = now.plus(time);
        return this;
    }

    Instant now() {
        return now;
    }

    /** Sets the end of a title's availability; null: it has none. */
    Evening ending(String title, Instant at) {
        ends.put(new TitleId(title), at);
        ends.values().removeIf(Objects::isNull);
        return this;
    }

    /** The account as the titles' availability lets it be. */
    Account account() {
        return account.endingWith(ends);
    }

    /** The license as the titles' availability lets it be. */
    License license(String id) {
        return account().licenses().find(new LicenseId(id)).orElseThrow();
    }

    Session session(String id) {
        return account.sessions().find(new SessionId(id)).orElseThrow();
    }

    License.State licenseState(String id) {
        return license(id).stateAt(now);
    }

    Session.State state(String session) {
        return session(session).stateAt(now);
    }

    /** Acquires a license. The beginning of its name is the title. */
    Decision acquire(LicenseType type, String license, String device) {
        return acquire(type, license, license, device);
    }

    /** Acquires a license under an id that may have been used before. */
    Decision acquire(LicenseType type, String license, String spare, String device) {
        return take(
                Licensing.decide(
                        account(),
                        title(titleOf(license)),
                        policy(),
                        Asks.acquire(type, titleOf(license).value(), device, null)
                                .named(license, spare, "of " + spare, now)));
    }

    Evening with(LicenseType type, String license, String device) {
        if (!(acquire(type, license, device) instanceof Allowed)) {
            throw new AssertionError(license + " is not allowed");
        }
        return this;
    }

    Decision renew(String license) {
        var renewed = license(license);
        return take(
                Licensing.decide(
                        account(),
                        renewed,
                        title(renewed.title()),
                        policy(),
                        new RenewLicense(
                                CUSTOMER, renewed.id(), new DownloadId("again " + license), now)));
    }

    /** Reconciles a license that a node has granted. The beginning of its name is the title. */
    Decision reconcile(
            LicenseType type, String license, String device, Instant issuedAt, Instant until) {
        var wish = Asks.acquire(type, titleOf(license).value(), device, null).wish();
        var id = new LicenseId(license);
        return take(
                Reconciling.decide(
                        account(),
                        account().licenses().find(id).orElse(null),
                        title(wish.title()),
                        policy(),
                        new ReconcileAcquire(
                                CUSTOMER,
                                wish,
                                new StudioId("Acme"),
                                new NewIds(
                                        id,
                                        new LicenseId("spare " + license),
                                        new DownloadId("of " + license)),
                                issuedAt,
                                until,
                                now)));
    }

    Evening release(String license) {
        take(
                Licensing.decide(
                        account(),
                        license(license),
                        new ReleaseLicense(CUSTOMER, new LicenseId(license), null, now)));
        return this;
    }

    Evening revoke(String license) {
        take(
                Licensing.decide(
                        account(),
                        license(license),
                        new RevokeLicense(CUSTOMER, new LicenseId(license), null, now)));
        return this;
    }

    Evening deactivate(String device) {
        var id = new DeviceId(device);
        take(
                Licensing.decide(
                        account(),
                        account.devices().find(id).orElseThrow(),
                        policy(),
                        new DeactivateDevice(CUSTOMER, id, now)));
        return this;
    }

    /** Reports a START that happens now. */
    Reported start(String session, String license) {
        return start(session, license, null);
    }

    Reported start(String session, String license, Instant occurredAt) {
        return take(
                new Report(new SessionId(session), Kind.START, new LicenseId(license), occurredAt));
    }

    Result say(Kind kind, String session) {
        return say(kind, session, null);
    }

    Result say(Kind kind, String session, Instant occurredAt) {
        return take(new Report(new SessionId(session), kind, null, occurredAt)).result();
    }

    Reported take(Report report) {
        Reported reported;
        if (report.kind() == Kind.START) {
            var license = account().licenses().find(report.license()).orElseThrow();
            var title = title(license.title());
            reported = Playing.start(account(), license, title, policy(), report, now);
        } else {
            reported = Playing.report(account(), policy(), report, now);
        }
        apply(reported.events());
        return reported;
    }

    /** Continues as if a snapshot were taken and read again. */
    Evening compacted() {
        account = account.compact(now);
        return this;
    }

    private Decision take(Decision decision) {
        if (decision instanceof Allowed allowed) apply(allowed.events());
        return decision;
    }

    private void apply(List<CustomerEvent> events) {
        for (var event : events) {
            var name = event.getClass().getSimpleName();
            var about = event instanceof SessionEvent e ? " " + e.session() : "";
            account = Account.evolve(account, name + about, event);
        }
    }

    private Policy policy() {
        return ShippedPolicies.policy(7, Scope.GLOBAL, policies);
    }

    private static TitleId titleOf(String license) {
        return new TitleId(license.replaceAll("-.*", ""));
    }

    private Title title(TitleId id) {
        return new Title(id, id.value(), new StudioId("Acme"), null, ends.get(id));
    }
}
