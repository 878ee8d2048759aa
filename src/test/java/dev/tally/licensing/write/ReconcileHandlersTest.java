package dev.tally.licensing.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.catalog.ShippedPolicies;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReconcileAcquire;
import dev.tally.licensing.domain.Command.ReconcileRenewal;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.Rejected.Reason;
import dev.tally.local.SharedDatabase;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** What a node granted while the store was away is recorded once, whoever asks, and how often. */
class ReconcileHandlersTest {

    private static final TitleId GLOW = new TitleId("glow");
    private static final DeviceId PHONE = new DeviceId("phone");
    private static final Duration DAY = Duration.ofDays(1);

    private static LocalNode node;

    private final CustomerId customer = new CustomerId("customer-" + Ids.next());
    private final String key = Ids.next();
    private final NewIds ids =
            new NewIds(
                    new LicenseId(Ids.next()),
                    new LicenseId(Ids.next()),
                    new DownloadId(Ids.next()));
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final Instant granted = now.minus(Duration.ofHours(3));

    @BeforeAll
    static void start() {
        node = new LocalNode(SharedDatabase.get(), Settings.SHIPPED);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void a_license_is_recorded_once_under_the_key_of_its_acquire() {
        var first = reconcile(LicenseType.DOWNLOAD, granted, asked("acquire"));
        var again = reconcile(LicenseType.DOWNLOAD, granted, asked("acquire"));

        assertThat(first.decision()).isInstanceOf(Allowed.class);
        assertThat(first.license().id()).isEqualTo(ids.license());
        assertThat(first.license().issuedAt()).isEqualTo(granted);
        assertThat(again.license()).isEqualTo(first.license());
        assertThat(events())
                .containsExactly(
                        "LicenseIssued",
                        "DownloadCounted",
                        "DeviceActivated",
                        "ProvisionalLicenseReconciled");
    }

    @Test
    void a_license_is_recorded_once_when_its_key_was_forgotten() {
        reconcile(LicenseType.DOWNLOAD, granted, asked("acquire"));

        var again = reconcile(LicenseType.DOWNLOAD, granted, once());

        assertThat(again.decision()).isInstanceOf(Unchanged.class);
        assertThat(again.license().id()).isEqualTo(ids.license());
        assertThat(events()).hasSize(4);
    }

    @Test
    void a_license_is_recorded_once_although_the_account_let_go_of_it_at_once() {
        var longAgo = now.minus(DAY.multipliedBy(3));
        var first = reconcile(LicenseType.STREAMING, longAgo, once());
        var again = reconcile(LicenseType.STREAMING, longAgo, once());

        assertThat(first.decision()).isInstanceOf(Allowed.class);
        assertThat(first.license().stateAt(now)).isEqualTo(State.EXPIRED);
        assertThat(first.playable()).isFalse();
        assertThat(again.decision()).isInstanceOf(Unchanged.class);
        assertThat(again.license()).isEqualTo(first.license());
        assertThat(events()).hasSize(2);
    }

    @Test
    void an_acquire_that_came_again_under_its_key_is_the_license_and_nothing_is_recorded() {
        var acquired = acquire();

        var reconciled = reconcile(LicenseType.DOWNLOAD, granted, asked("acquire"));

        assertThat(reconciled.license()).isEqualTo(acquired.license());
        assertThat(events()).containsExactly("LicenseIssued", "DownloadCounted", "DeviceActivated");
    }

    @Test
    void an_acquire_that_comes_again_later_gets_the_license_that_was_recorded() {
        var reconciled = reconcile(LicenseType.DOWNLOAD, granted, asked("acquire"));

        assertThat(acquire().license()).isEqualTo(reconciled.license());
        assertThat(events()).hasSize(4);
    }

    @Test
    void a_key_that_was_used_for_another_command_is_refused() {
        reconcile(LicenseType.DOWNLOAD, granted, asked("acquire"));

        assertThatThrownBy(() -> reconcile(LicenseType.DOWNLOAD, granted, asked("other")))
                .isInstanceOfSatisfying(
                        Rejected.class, e -> assertThat(e.reason()).isEqualTo(Reason.KEY_REUSED));
    }

    @Test
    void a_play_during_the_outage_is_a_late_report() {
        var license = reconcile(LicenseType.STREAMING, granted, once()).license().id();
        var start = new Report(new SessionId(Ids.next()), Kind.START, license, granted);

        var reports = node.report.handle(customer, List.of(start), now, once());

        assertThat(reports.items().getFirst().reported().result()).isEqualTo(Result.RECORDED);
        var account = reports.account();
        assertThat(account.licenses().find(license).orElseThrow().firstPlayedAt())
                .isEqualTo(granted);
    }

    @Test
    void a_renewal_is_recorded_once_under_its_key() {
        var license = acquire().license().id();
        var asked = Asked.once(Ids.next(), null, new Caller("edge", "test"));

        var first = renew(license, asked);
        var again = renew(license, asked);

        assertThat(first.license().renewals()).isEqualTo(1);
        assertThat(again.license()).isEqualTo(first.license());
        assertThat(events())
                .endsWith("DeviceActivated", "LicenseRenewed", "ProvisionalLicenseReconciled")
                .hasSize(5);
    }

    @Test
    void a_renewal_of_an_unknown_license_changes_nothing() {
        var outcome = renew(new LicenseId(Ids.next()), once());

        assertThat(outcome.decision()).isInstanceOf(Unchanged.class);
        assertThat(outcome.license()).isNull();
        assertThat(events()).isEmpty();
    }

    private LicenseOutcome acquire() {
        var wish = wish(LicenseType.DOWNLOAD);
        return node.acquire.handle(new AcquireLicense(customer, wish, ids, now), asked("acquire"));
    }

    private LicenseOutcome reconcile(LicenseType type, Instant at, Asked asked) {
        return node.reconcileAcquire.handle(
                new ReconcileAcquire(
                        customer, wish(type), new StudioId("studio"), ids, at, at.plus(DAY), now),
                asked);
    }

    private LicenseOutcome renew(LicenseId license, Asked asked) {
        var at = now.plus(Duration.ofMinutes(1));
        return node.reconcileRenewal.handle(
                new ReconcileRenewal(
                        customer,
                        license,
                        new DownloadId(Ids.next()),
                        at,
                        at.plus(DAY),
                        at.plus(Duration.ofHours(3))),
                asked);
    }

    private static Wish wish(LicenseType type) {
        return new Wish(type, GLOW, PHONE, null, ShippedPolicies.PREMIUM);
    }

    private Asked asked(String command) {
        return Asked.under(key, null, new Caller("edge", "test"), CommandHash.of(command));
    }

    private static Asked once() {
        return Asked.once(Ids.next(), null, new Caller("edge", "test"));
    }

    private List<String> events() {
        var query = new HistoryQuery(customer.value(), Tier.ALL, null, null, null, null, 0, 200);
        return node.stores.store().history(query).stream()
                .map(Described::name)
                .map(name -> name.replace("/1", ""))
                .toList();
    }
}
