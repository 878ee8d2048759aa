package dev.tally.licensing.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.SetPolicy;
import dev.tally.licensing.domain.Command.WaiveDownload;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.DownloadQueries.Found;
import dev.tally.licensing.write.DownloadQueries.Query;
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

/** What an operator does for a member who was denied: waivers and policies of their own. */
class CureTest {

    private static final TitleId GLOW = new TitleId("glow");
    private static final String REASON = "The app crashed";

    /** Number of the event that counts the first download: the second of its command. */
    private static final int FIRST = 2;

    private static LocalNode node;
    private static LocalNode other;

    private final CustomerId customer = new CustomerId("customer-" + Ids.next());
    private Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS).minusSeconds(3_600);

    @BeforeAll
    static void connect() {
        node = new LocalNode(SharedDatabase.get(), Settings.SHIPPED);
        other = new LocalNode(SharedDatabase.get(), Settings.SHIPPED);
    }

    @AfterAll
    static void close() {
        node.close();
        other.close();
    }

    @Test
    void a_denied_member_downloads_after_a_waiver() {
        fiveDownloads();
        assertThat(acquire(node).decision()).isInstanceOf(Denied.class);

        var waived = waive(other, FIRST, Ids.next());

        assertThat(waived.decision()).isInstanceOf(Allowed.class);
        assertThat(acquire(node).decision()).isInstanceOf(Allowed.class);
    }

    @Test
    void a_waived_download_stays_in_the_list_with_its_reason_and_counts_no_more() {
        fiveDownloads();
        waive(node, FIRST, Ids.next());

        var found = downloads();

        assertThat(found).hasSize(5);
        assertThat(found.subList(0, 4)).allMatch(Found::counts).allMatch(f -> f.waiver() == null);
        var first = found.getLast();
        assertThat(first.eventId()).isEqualTo("2");
        assertThat(first.counts()).isFalse();
        assertThat(first.countsUntil()).isNull();
        assertThat(first.waiver().reason()).isEqualTo(REASON);
        assertThat(first.waiver().waivedAt()).isEqualTo(now);
        assertThat(node.downloads.find(customer, FIRST, now)).contains(first);
    }

    @Test
    void before_its_waiver_a_download_counts_for_a_query_of_the_past() {
        fiveDownloads();
        var before = now;
        waive(node, FIRST, Ids.next());

        assertThat(used(node.accounts.readAsOf(customer, before).account(), before)).isEqualTo(5);
        assertThat(used(node.accounts.readAsOf(customer, now).account(), now)).isEqualTo(4);
    }

    @Test
    void a_download_that_is_waived_is_not_waived_again() {
        fiveDownloads();
        waive(node, FIRST, Ids.next());
        var revision = revision();

        assertThat(waive(other, FIRST, Ids.next()).decision()).isInstanceOf(Unchanged.class);
        assertThat(revision()).isEqualTo(revision);
    }

    @Test
    void a_waiver_that_is_sent_again_is_answered_as_the_first_time() {
        fiveDownloads();
        var first = waive(node, FIRST, "key");
        var again = waive(other, FIRST, "key");

        assertThat(again.again()).isTrue();
        assertThat(again.at()).isEqualTo(first.at());
    }

    @Test
    void only_an_event_that_counted_a_download_is_waived() {
        fiveDownloads();

        for (var number : List.of(1, 3, 999)) {
            assertThatThrownBy(() -> waive(node, number, Ids.next()))
                    .isInstanceOfSatisfying(
                            Rejected.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_DOWNLOAD));
        }
    }

    @Test
    void a_customers_own_policy_is_in_force_on_every_node_at_once() {
        fiveDownloads();

        set(node, 0, "{\"maxDownloadsPerTitlePerYear\":6}");

        var outcome = acquire(other);
        assertThat(outcome.decision()).isInstanceOf(Allowed.class);
        var denied = (Denied) acquire(node).decision();
        assertThat(denied.violations())
                .singleElement()
                .satisfies(
                        violated -> {
                            assertThat(violated.limit()).isEqualTo(6);
                            assertThat(violated.scope()).isEqualTo(Scope.CUSTOMER);
                        });
    }

    @Test
    void a_version_is_named_by_its_event_and_stays_to_be_told() {
        set(node, 0, "{\"maxRenewals\":1}");
        set(node, 1, "{\"maxRenewals\":2,\"maxMoonPhases\":3}");
        set(other, 2, null);

        assertThat(node.policies.upTo(customer, 1).orElseThrow().settings().known())
                .containsEntry(PolicyKey.MAX_RENEWALS, 1);
        var second = node.policies.upTo(customer, 2).orElseThrow();
        assertThat(second.version()).isEqualTo(2);
        assertThat(second.scope()).isEqualTo(Scope.CUSTOMER);
        assertThat(second.settings().unknown()).containsKey("maxMoonPhases");
        assertThat(node.policies.upTo(customer, 3).orElseThrow().removed()).isTrue();
        assertThat(node.policies.upTo(new CustomerId("nobody"), 3)).isEmpty();
    }

    @Test
    void a_version_over_one_that_is_not_the_newest_is_not_stored() {
        set(node, 0, "{\"maxRenewals\":1}");

        assertThat(set(other, 0, "{\"maxRenewals\":2}").decision()).isInstanceOf(Unchanged.class);
        assertThat(node.policies.current(customer).newest(Scope.CUSTOMER, customer.value()))
                .hasValueSatisfying(policy -> assertThat(policy.version()).isEqualTo(1));
    }

    @Test
    void what_was_in_force_before_is_told_for_a_time_of_the_past() {
        var before = now;
        set(node, 0, "{\"maxDownloadsPerTitlePerYear\":6}");

        assertThat(limit(before)).isEqualTo(5);
        assertThat(limit(now)).isEqualTo(6);
    }

    @Test
    void an_erasure_takes_the_customers_policy_along() {
        set(node, 0, "{\"maxDownloadsPerTitlePerYear\":6}");

        node.stores.store().erase(customer.value(), now, first -> {});

        assertThat(other.policies.current(customer).newest()).isEmpty();
        assertThat(other.policies.upTo(customer, 99)).isEmpty();
    }

    private int limit(Instant at) {
        var account = node.accounts.readAsOf(customer, at).account();
        return policy(account, at).limit(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR);
    }

    private static int used(Account account, Instant at) {
        return account.downloads().counting(GLOW, policy(account, at), at).size();
    }

    private static Policy policy(Account account, Instant at) {
        return node.accounts.catalog.policyInForce(account, null, ShippedPolicies.PREMIUM, at);
    }

    private List<Found> downloads() {
        return node.downloads
                .find(customer, new Query(null, null, null, DownloadQueries.NEWEST, 10), now)
                .downloads();
    }

    private long revision() {
        return node.stores.store().revisions(List.of(customer.value())).get(customer.value());
    }

    private void fiveDownloads() {
        for (int i = 0; i < 5; i++)
            assertThat(acquire(node).decision()).isInstanceOf(Allowed.class);
    }

    /** Acquires a license, and gives it back at once: it counts all the same. */
    private LicenseOutcome acquire(LocalNode at) {
        later();
        var wish =
                new Wish(
                        LicenseType.DOWNLOAD,
                        GLOW,
                        new DeviceId("phone"),
                        null,
                        ShippedPolicies.PREMIUM);
        var ids =
                new NewIds(
                        new LicenseId(Ids.next()),
                        new LicenseId(Ids.next()),
                        new DownloadId(Ids.next()));
        var outcome = at.acquire.handle(new AcquireLicense(customer, wish, ids, now), once());
        if (outcome.decision() instanceof Allowed) {
            later();
            at.release.handle(
                    new ReleaseLicense(customer, outcome.license().id(), null, now), once());
        }
        return outcome;
    }

    private Outcome waive(LocalNode at, int countedBy, String key) {
        later();
        var hash = CommandHash.of("waive").with("eventId", Integer.toString(countedBy));
        return at.waive.handle(
                new WaiveDownload(customer, countedBy, REASON, now),
                Asked.under(key, null, new Caller("operator", "test"), hash));
    }

    private Outcome set(LocalNode at, int supersedes, String settings) {
        later();
        return at.policies.handle(new SetPolicy(customer, supersedes, settings, now, now), once());
    }

    private void later() {
        now = now.plus(Duration.ofSeconds(1));
    }

    private static Asked once() {
        return Asked.once(Ids.next(), null, new Caller("operator", "test"));
    }
}
