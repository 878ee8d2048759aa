package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tally.faults.Ledger.Wish;
import dev.tally.local.Balancer;
import dev.tally.local.Database.Shutdown;
import dev.tally.local.Relay.Lost;
import dev.tally.system.Client;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;

/** The database, or the way to it, fails under two nodes that go on. */
class DatabaseFaultsIT extends TwoNodes {

    private static final Duration HANG = Duration.ofSeconds(20);
    private static final Duration STALL = Duration.ofSeconds(10);
    private static final int RESETS = 40;

    /** Licenses between two resets: the store has failed, and is not away. */
    private static final int BETWEEN_RESETS = 8;

    @Test
    void a_database_that_hangs_costs_members_nothing() throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            var before = ledger.promised();
            var frozen = installation.freezeDatabase();
            try {
                pass(HANG);
            } finally {
                frozen.close();
            }
            assertThat(ledger.promised()).isGreaterThan(before + 2 * SENDERS);
            recover("SIGSTOP of PostgreSQL for 20 s", members);
        }
        nobodyWaitedLong();
    }

    @Test
    void a_database_that_is_killed_has_all_that_it_acknowledged() throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            databaseIsGone = true;
            installation.killDatabase();
            awaitMorePromised(20 * SENDERS);
            bringBackDatabase();
            recover("kill -9 of PostgreSQL", members);
        }
        nobodyWaitedLong();
    }

    @ParameterizedTest
    @EnumSource
    void a_database_that_is_restarted_has_all_that_it_acknowledged(Shutdown how) throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            databaseIsGone = true;
            installation.stopDatabase(how);
            awaitMorePromised(20 * SENDERS);
            bringBackDatabase();
            recover("PostgreSQL restarted, shutdown " + how, members);
        }
        assertThat(ledger.refused()).isZero();
        nobodyWaitedLong();
    }

    @Test
    void a_balancer_never_runs_out_of_nodes() throws Exception {
        assumeTrue(Balancer.program().isPresent(), "HAProxy is not installed");
        var folder = home.path().resolve("balancer");
        try (var balancer = Balancer.before(List.of(a.url(), b.url()), folder)) {
            var edge = new Client(balancer.url(), installation.tokens()).as("edge");
            try (var members = new Members(ledger, List.of(edge), TITLES)) {
                awaitWarm();
                stopDatabase();
                awaitMorePromised(40 * SENDERS);
                bringBackDatabase();
                recover("database stopped, two nodes behind HAProxy", members);
            }
        }
        assertThat(ledger.refused()).isZero();
        nobodyWaitedLong();
    }

    @Test
    void a_commit_whose_answer_is_lost_is_found_in_the_history() throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            members.stop();
        }
        // A node that is out of time promises instead, and the audit finds the license once.
        await().atMost(LIMIT).until(() -> !isProvisionalAfter(Lost.ANSWER));
        assertThat(isProvisionalAfter(Lost.COMMIT)).isTrue();
        audit("a commit and the answer to another one lost");
    }

    private boolean isProvisionalAfter(Lost lost) {
        // The next event is that of this wish: no promise is taken in meanwhile.
        ledger.awaitReconciled(List.of(a, b));
        awaitAnswersBy("STORE", a);
        var before = relay.resets();
        relay.resetNextCommit(lost);
        var answer = ledger.send(a.as("edge"), Wish.of(TITLES.getFirst()));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        assertThat(relay.resets()).isEqualTo(before + 1);
        return answer.json().get("provisional").booleanValue();
    }

    @Test
    void resets_in_the_middle_of_commits_lose_and_double_nothing() throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            var before = relay.resets();
            for (int reset = 1; reset <= RESETS; reset++) {
                relay.resetNextCommit(reset % 2 == 0 ? Lost.COMMIT : Lost.ANSWER);
                int number = before + reset;
                await().atMost(LIMIT).pollInterval(POLL).until(() -> relay.resets() == number);
                awaitMoreGranted(BETWEEN_RESETS);
            }
            recover(RESETS + " connections reset in the middle of commits", members);
        }
        assertThat(ledger.refused()).isZero();
        nobodyWaitedLong();
    }

    /** What was sent before the stall arrives after it, when nobody waits for it any more. */
    @Test
    void a_network_that_stands_still_for_ten_seconds_costs_members_nothing() throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            var before = ledger.promised();
            relay.stall();
            pass(STALL);
            relay.restore();
            assertThat(ledger.promised()).isGreaterThan(before + 2 * SENDERS);
            recover("the way to PostgreSQL stalled for 10 s", members);
        }
        assertThat(ledger.refused()).isZero();
        nobodyWaitedLong();
    }

    private static void pass(Duration time) {
        var since = System.nanoTime();
        await().atMost(LIMIT).until(() -> System.nanoTime() - since > time.toNanos());
    }
}
