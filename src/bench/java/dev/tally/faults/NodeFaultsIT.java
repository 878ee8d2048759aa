package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.faults.Ledger.Wish;
import dev.tally.local.Node;
import dev.tally.local.SmallDisk;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/** Nodes and their disks fail, also together with the database. */
class NodeFaultsIT extends TwoNodes {

    /** Promises that take long enough to reconcile to kill the node meanwhile. */
    private static final int MANY = 400;

    private static final int DISK_MEGABYTES = 8;

    @Test
    void a_node_that_was_killed_promises_again_before_the_database_is_back() throws Exception {
        var late = "late-" + Ids.next();
        put(late);
        a.awaitCatalogueCopy();
        stopDatabase();
        var wishes = wishes(20);
        sendAll(a, wishes);
        a.kill();

        a.start();
        assertThat(a.answersBy()).isEqualTo("PROMISES");
        assertThat(a.waiting()).isEqualTo(wishes.size());
        ledger.forgetWaits();
        assertThat(ledger.ask(a.as("edge"), Wish.of(late))).isPresent();
        var unknown = ledger.send(a.as("edge"), Wish.of("no-such-title"));
        assertThat(unknown.status()).isEqualTo(422);
        assertThat(unknown.problem()).isEqualTo("unknown-title");
        sendAll(a, wishes);
        assertThat(a.waiting()).isEqualTo(wishes.size() + 1);

        bringBackDatabase();
        audit("kill -9 of a node with promises, restarted during the outage");
    }

    private static void put(String title) {
        var answer =
                a.as("operator")
                        .put(
                                "/v1/titles/" + title,
                                "{\"name\":\"%s\",\"studioId\":\"studio-00\"}".formatted(title));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    }

    @Test
    void a_node_that_is_killed_while_it_reconciles_goes_on_where_it_was() throws Exception {
        stopDatabase();
        sendAll(a, wishes(MANY));
        bringBackDatabase();
        await().atMost(LIMIT).pollInterval(POLL).until(() -> a.waiting() < MANY);
        a.kill();

        assertThat(reconciled()).isBetween(1, MANY - 1);
        a.start();
        audit("kill -9 of a node that reconciles");
        assertThat(reconciled()).isEqualTo(MANY);
    }

    @Test
    void a_node_and_the_database_are_killed_at_once() throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            killWithDatabase(a);
            awaitMorePromised(20 * SENDERS);
            a.start();
            assertThat(a.answersBy()).isEqualTo("PROMISES");
            bringBackDatabase();
            recover("kill -9 of PostgreSQL and of a node", members);
        }
    }

    @Test
    void all_nodes_and_the_database_are_killed_at_once() throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            killWithDatabase(a, b);
            bringBackDatabase();
            startNodes();
            awaitMoreGranted(20 * SENDERS);
            recover("kill -9 of PostgreSQL and of both nodes", members);
        }
    }

    private void killWithDatabase(FallbackNode... nodes) throws Exception {
        databaseIsGone = true;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var node : nodes) threads.execute(node::kill);
            installation.killDatabase();
        }
    }

    @Test
    void a_node_that_is_restarted_keeps_nobody_from_a_license() throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            a.close();
            awaitMoreGranted(20 * SENDERS);
            a.start();
            awaitMoreGranted(20 * SENDERS);
            recover("a node stopped by SIGTERM and started again", members);
        }
    }

    @Test
    void the_journal_of_a_lost_node_is_taken_in_by_another_one_twice() throws Exception {
        var lost = node(Node.named("lost"));
        lost.awaitCatalogueCopy();
        stopDatabase();
        sendAll(lost, wishes(50));
        lost.kill();

        copyJournal(lost, b);
        b.close();
        b.start();
        await().until(() -> b.waiting() == 50);
        bringBackDatabase();
        audit("journal of a lost node, moved to another one");

        copyJournal(lost, b);
        b.close();
        b.start();
        await().atMost(LIMIT).until(() -> Files.notExists(moved(b)));
        audit("journal of a lost node, moved again");
        assertThat(reconciled()).isEqualTo(50);
    }

    private static void copyJournal(FallbackNode from, FallbackNode to) throws IOException {
        Files.copy(from.folder().resolve("journal.sqlite"), moved(to));
        var log = from.folder().resolve("journal.sqlite-wal");
        if (Files.exists(log)) {
            Files.copy(log, to.folder().resolve("journal-lost.sqlite-wal"));
        }
    }

    private static Path moved(FallbackNode to) {
        return to.folder().resolve("journal-lost.sqlite");
    }

    @Test
    void a_full_disk_refuses_promises_until_there_is_space() throws Exception {
        try (var disk = SmallDisk.at(home.path().resolve("disk"), DISK_MEGABYTES);
                var small = node(Node.named("small"), disk.resolve("fallback"))) {
            small.awaitCatalogueCopy();
            stopDatabase();
            sendAll(small, wishes(10));
            disk.fill();
            sendUntilRefused(small);
            assertThat(small.answersBy()).isEqualTo("NOTHING");

            disk.empty();
            await().until(() -> small.answersBy().equals("PROMISES"));
            sendAll(small, wishes(10));
            bringBackDatabase();
            audit("full disk under the journal", small);
            ledger.nothingRefusedIsThere(database());
        }
    }

    private void sendUntilRefused(FallbackNode node) {
        var edge = node.as("edge");
        while (true) {
            var answer = ledger.send(edge, Wish.of(TITLES.getFirst()));
            if (answer.status() == 201) continue;
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Retry-After")).isNotNull();
            return;
        }
    }
}
