package dev.tally.timeline.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.events.LicenseType;
import dev.tally.timeline.simulation.Judgement.Verdict;
import dev.tally.timeline.simulation.PastRequest.Acquire;
import dev.tally.timeline.simulation.PastRequest.Deactivate;
import dev.tally.timeline.simulation.PastRequest.Renew;
import dev.tally.timeline.simulation.Replay.Decided;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Requests of the past under other policies; the numbers are those of the package. */
class JudgementTest {

    private static final Instant FROM = Instant.parse("2026-11-01T00:00:00Z");
    private static final Instant NOW = Instant.parse("2026-11-20T00:00:00Z");
    private static final Title GLOW =
            new Title(new TitleId("glow"), "Glow", new StudioId("studio"), null, null);

    private Account account = Account.EMPTY;
    private int events;

    private static Wish wish(String device) {
        return new Wish(
                LicenseType.DOWNLOAD,
                GLOW.id(),
                new DeviceId(device),
                null,
                ShippedPolicies.PREMIUM);
    }

    private static Policies proposing(Scope scope, String id, Map<PolicyKey, Object> settings) {
        return Policies.with(
                new Proposal(scope, id, PolicySettings.of(settings)),
                ShippedPolicies.withPremium(),
                FROM);
    }

    private static Policies devices(int most) {
        return proposing(
                Scope.PLAN,
                ShippedPolicies.PREMIUM.value(),
                Map.of(PolicyKey.MAX_DOWNLOAD_DEVICES, most));
    }

    private void acquired(String device, Instant at) {
        var name = "l" + events;
        var command =
                new AcquireLicense(
                        new CustomerId("anna"),
                        wish(device),
                        new NewIds(
                                new LicenseId(name),
                                new LicenseId(name + "s"),
                                new DownloadId(name)),
                        at);
        var policy = ShippedPolicies.withPremium().inForce(GLOW, ShippedPolicies.PREMIUM, null, at);
        var allowed = (Allowed) Licensing.decide(account, GLOW, policy, command);
        for (var event : allowed.events()) {
            account = Account.evolve(account, Integer.toString(++events), event);
        }
    }

    private Judgement allowed(PastRequest request, Policies policies) {
        return Judgement.ofAllowed(
                request, account, request.title() == null ? null : GLOW, policies, NOW);
    }

    private Judgement denied(PastRequest request, Policies policies) {
        return Judgement.ofDenied(
                request, account, request.title() == null ? null : GLOW, policies, NOW);
    }

    private static void assertJudged(Judgement judgement, Verdict verdict, String... rules) {
        assertThat(judgement.verdict()).isEqualTo(verdict);
        assertThat(judgement.rules()).containsExactly(rules);
    }

    @Test
    void an_acquire_beyond_the_proposed_limit_would_be_denied_by_its_rule() {
        acquired("phone", NOW.minusSeconds(60));

        assertJudged(
                allowed(new Acquire(wish("tablet")), devices(1)),
                Verdict.NEWLY_DENIED,
                "maxDownloadDevices");
        assertJudged(allowed(new Acquire(wish("tablet")), devices(2)), Verdict.SAME);
    }

    @Test
    void a_denial_within_the_proposed_limit_would_be_allowed() {
        for (int i = 0; i < 5; i++) acquired("d" + i, NOW.minusSeconds(60));

        // The title's year denies it whatever the devices.
        assertJudged(denied(new Acquire(wish("tablet")), devices(7)), Verdict.SAME);
        assertJudged(
                denied(
                        new Acquire(wish("tablet")),
                        proposing(
                                Scope.PLAN,
                                ShippedPolicies.PREMIUM.value(),
                                Map.of(
                                        PolicyKey.MAX_DOWNLOAD_DEVICES,
                                        6,
                                        PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                                        6))),
                Verdict.NEWLY_ALLOWED,
                "maxDownloadsPerTitlePerYear");
    }

    /** Requirement 3. */
    @Test
    void what_the_real_policies_do_not_repeat_is_not_judged() {
        acquired("phone", NOW.minusSeconds(60));

        assertJudged(denied(new Acquire(wish("tablet")), devices(1)), Verdict.NOT_REPRODUCED);
        // The license is there: this acquire would have got it back.
        assertJudged(allowed(new Acquire(wish("phone")), devices(1)), Verdict.NOT_REPRODUCED);
    }

    @Test
    void a_renewal_and_a_deactivation_are_decided_again() {
        acquired("phone", NOW.minus(Duration.ofDays(2)));
        var license = account.licenses().find(new LicenseId("l0")).orElseThrow();
        var device = account.devices().find(new DeviceId("phone")).orElseThrow();

        assertJudged(
                allowed(
                        new Renew(license),
                        proposing(
                                Scope.GLOBAL,
                                Scope.GLOBAL_ID,
                                Map.of(PolicyKey.RENEW_AFTER, Duration.ofDays(3)))),
                Verdict.NEWLY_DENIED,
                "renewAfter");
        assertJudged(
                allowed(
                        new Deactivate(device),
                        proposing(
                                Scope.GLOBAL,
                                Scope.GLOBAL_ID,
                                Map.of(PolicyKey.MAX_DEACTIVATIONS_PER_YEAR, 0))),
                Verdict.NEWLY_DENIED,
                "maxDeactivationsPerYear");
    }

    @Test
    void a_policy_of_the_customer_wins_over_all_others() {
        acquired("phone", NOW.minusSeconds(60));

        assertJudged(
                allowed(
                        new Acquire(wish("tablet")),
                        proposing(
                                Scope.CUSTOMER, "anna", Map.of(PolicyKey.MAX_DOWNLOAD_DEVICES, 1))),
                Verdict.NEWLY_DENIED,
                "maxDownloadDevices");
    }

    @Test
    void a_policy_of_another_title_changes_nothing() {
        acquired("phone", NOW.minusSeconds(60));

        assertJudged(
                allowed(
                        new Acquire(wish("tablet")),
                        proposing(Scope.TITLE, "other", Map.of(PolicyKey.MAX_DOWNLOAD_DEVICES, 1))),
                Verdict.SAME);
    }

    @Test
    void each_rule_has_five_examples_and_a_customer_counts_once() {
        var tally = Tally.of(Counts.NONE);
        for (int i = 0; i < 3; i++) {
            var decided =
                    List.of(
                            changed("a"),
                            changed("b"),
                            changed("a"),
                            new Decided("9", true, NOW, null, Judgement.NOT_JUDGED));
            tally = tally.with("c" + i, decided);
        }

        var counts = tally.counts();
        assertThat(counts.customers()).isEqualTo(3);
        assertThat(counts.commands()).isEqualTo(9);
        assertThat(counts.notJudged()).isEqualTo(3);
        assertThat(counts.changes()).isEqualTo(new Counts.Changes(9, 0, 3, 0));
        assertThat(counts.of("a").newlyDenied()).isEqualTo(6);
        assertThat(counts.of("b").newlyDenied()).isEqualTo(3);
        assertThat(tally.examples()).filteredOn(e -> e.example().rules().contains("a")).hasSize(5);
        assertThat(tally.examples()).filteredOn(e -> e.example().rules().contains("b")).hasSize(3);
        assertThat(Tally.of(Counts.NONE).with("c", List.of()).counts()).isEqualTo(Counts.NONE);
    }

    private static Decided changed(String rule) {
        return new Decided(
                "1",
                false,
                NOW,
                new Acquire(wish("phone")),
                new Judgement(Verdict.NEWLY_DENIED, List.of(rule)));
    }
}
