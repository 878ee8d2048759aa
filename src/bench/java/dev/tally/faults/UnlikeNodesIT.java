package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tally.faults.Ledger.Wish;
import dev.tally.local.Node;
import dev.tally.local.Programs;
import dev.tally.newer.NewerJournal;
import dev.tally.runtime.Ids;
import dev.tally.system.Client.Answer;
import dev.tally.system.NewerWar;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;

/**
 * One of the nodes has another clock or another version than the others, while members ask all of
 * them for the same customers, before, during and after an outage.
 */
class UnlikeNodesIT extends TwoNodes {

    /** Promises that only the newer version can read: more than a round of reconciliation takes. */
    private static final int MANY = 600;

    @ParameterizedTest
    @ValueSource(ints = {10, -10})
    void a_node_with_a_wrong_clock_harms_nobody(int minutes) throws Exception {
        assumeTrue(Programs.find("faketime").isPresent(), "faketime is not installed");
        var offset = "%+dm".formatted(minutes);
        var wrong = node(Node.named("clock" + minutes).startedBy("faketime", "-f", offset));
        try (var members = members(wrong, a)) {
            assertThat(wrong.clock())
                    .isCloseTo(
                            Instant.now().plus(Duration.ofMinutes(minutes)),
                            within(1, ChronoUnit.MINUTES));
            wrong.awaitCatalogueCopy();
            awaitWarm();
            var first = Wish.of(TITLES.getFirst());
            sendAll(a, List.of(first));
            stopDatabase();
            awaitAnswersBy("PROMISES", wrong);
            awaitMorePromised(20 * SENDERS);
            var wish = new Wish(first.customer(), TITLES.getLast(), "phone", Ids.next());
            var promise = ledger.send(wrong.as("edge"), wish).json();
            var issuedAt = promise.get("issuedAt").stringValue();
            assertThat(Instant.parse(issuedAt))
                    .isCloseTo(wrong.clock(), within(1, ChronoUnit.MINUTES));
            bringBackDatabase();
            recover("clock of a node %+d minutes".formatted(minutes), members, wrong);

            var path = path(wish) + "/";
            var license = a.as("reader").get(path + promise.get("licenseId").stringValue()).json();
            assertThat(license.get("issuedAt").stringValue()).isEqualTo(issuedAt);
            // A node whose clock is right goes on after what another node did.
            var next = new Wish(wish.customer(), TITLES.get(1), "phone", Ids.next());
            assertThat(ledger.ask(a.as("edge"), next)).isPresent();
        } finally {
            wrong.kill();
        }
        nobodyWaitedLong();
    }

    @Test
    void a_promise_waits_for_a_node_that_can_read_it_through_upgrade_and_rollback()
            throws Exception {
        var older = Node.named("any").war();
        var newer = NewerWar.in(home.path());
        try (var members = members(a, b)) {
            awaitWarm();
            stopDatabase();
            awaitMorePromised(20 * SENDERS);
            var ofOlder = a.waiting();
            assertThat(ofOlder).isPositive();

            a.replaceBy(newer);
            assertThat(a.waiting()).isGreaterThanOrEqualTo(ofOlder);
            awaitMorePromised(10 * SENDERS);
            var special = newWishes();
            sendAll(a, special);

            a.replaceBy(older);
            assertUnreadable(ledger.send(a.as("edge"), special.getFirst()));
            bringBackDatabase();
            await().atMost(LIMIT).until(() -> a.waiting() == special.size());
            assertThat(kindsAt(a)).containsOnly("UNREADABLE");

            a.replaceBy(newer);
            recover("upgrade, rollback and upgrade of a node during an outage", members);
        }
    }

    private static String path(Wish wish) {
        return "/v1/customers/" + wish.customer() + "/licenses";
    }

    private static List<Wish> newWishes() {
        return wishes(MANY).stream()
                .map(w -> new Wish(w.customer(), w.title(), NewerJournal.NEW + "phone", w.key()))
                .toList();
    }

    private static void assertUnreadable(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(503);
        assertThat(answer.problem()).isEqualTo("history-unreadable");
    }

    /** Kinds of some promises that wait at a node. */
    private static List<String> kindsAt(FallbackNode node) {
        var page = node.as("operator").get("/v1/provisional-licenses?limit=200").json();
        return Stream.iterate(0, i -> i + 1)
                .limit(page.get("promises").size())
                .map(i -> page.get("promises").get(i).get("kind").stringValue())
                .toList();
    }
}
