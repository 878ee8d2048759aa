package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tally.bench.Catalogue;
import dev.tally.faults.Ledger.Wish;
import dev.tally.local.Balancer;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Installation;
import dev.tally.local.Node;
import dev.tally.local.Programs;
import dev.tally.local.SmallDisk;
import dev.tally.local.TestFolder;
import dev.tally.runtime.Ids;
import dev.tally.system.Client;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Nodes, the database, the disk and the clock fail around an outage. Afterwards everything that a
 * member was granted is in the history once, and nothing else.
 */
class FallbackFaultsIT {

    private static final Logger LOG = Logger.getLogger(FallbackFaultsIT.class.getName());

    /** A member's answer comes within half a second; the rest is for a busy machine. */
    private static final Duration MEMBER = Duration.ofMillis(1_500);

    private static final int DISK_MEGABYTES = 4;

    private static final Duration HANG = Duration.ofSeconds(20);
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration AHEAD = Duration.ofMinutes(10);

    private static final Catalogue CATALOGUE = Catalogue.of(400, 1);
    private static final List<String> TITLES =
            CATALOGUE.titles().stream().map(title -> title.id().value()).toList();

    /** Many promises for each customer, so that their histories have snapshots. */
    private static final String NO_LIMITS =
            """
            {"settings":{"maxDownloadDevices":null,"maxActiveDownloadsPerDevice":null,
                "maxProvisionalPerDevice":null,"maxProvisionalPerCustomer":null}}
            """;

    /** Promises that take long enough to reconcile to kill the node meanwhile. */
    private static final int MANY = 400;

    /** Licenses that warm up the nodes. */
    private static final int WARM = 300;

    private static final int SENDERS = 8;
    private static TestFolder home;
    private static Installation installation;
    private static FallbackNode a;
    private static FallbackNode b;

    private final Ledger ledger = new Ledger();
    private boolean databaseIsGone;

    @BeforeAll
    static void start() throws Exception {
        home = TestFolder.in(Path.of("target/faults"));
        installation = Installation.embedded(home.path(), 0);
        installation.database().migrated();
        try (var owner = installation.database().connect(Role.TALLY_OWNER)) {
            CATALOGUE.load(owner);
        }
        a = node(Node.named("a"));
        b = node(Node.named("b"));
        var studio = CATALOGUE.titles().getFirst().studio();
        var policy = a.as("operator").put("/v1/policies/studio/" + studio, NO_LIMITS);
        assertThat(policy.status()).as(policy.body()).isEqualTo(201);
        a.awaitCatalogueCopy();
        b.awaitCatalogueCopy();
    }

    private static FallbackNode node(Node node) throws IOException, InterruptedException {
        return node(node, home.path().resolve("fallback-" + node.name()));
    }

    private static FallbackNode node(Node node, Path folder)
            throws IOException, InterruptedException {
        return FallbackNode.start(installation, node, folder);
    }

    @AfterAll
    static void stop() throws IOException {
        installation.close();
        if (!TestFolder.anyFailed()) home.passed();
        home.close();
    }

    @BeforeEach
    void theNodesRun() throws Exception {
        a.start();
        b.start();
    }

    @AfterEach
    void theDatabaseRuns() throws IOException {
        bringBackDatabase();
    }

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
        assertThat(ledger.ask(a.as("edge"), Wish.of(late))).isPresent();
        var unknown = ledger.send(a.as("edge"), Wish.of("no-such-title"));
        assertThat(unknown.status()).isEqualTo(422);
        assertThat(unknown.problem()).isEqualTo("unknown-title");
        sendAll(a, wishes);
        assertThat(a.waiting()).isEqualTo(wishes.size() + 1);

        bringBackDatabase();
        audit("kill -9 of a node with promises, restarted during the outage");
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
    void a_database_that_hangs_costs_members_nothing() throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            var before = ledger.promised();
            var frozen = installation.freezeDatabase();
            try {
                var since = System.nanoTime();
                await().atMost(LIMIT).until(() -> System.nanoTime() - since > HANG.toNanos());
            } finally {
                frozen.close();
            }
            assertThat(ledger.promised()).isGreaterThan(before + 2 * SENDERS);
            recover("SIGSTOP of PostgreSQL for 20 s", members);
        }
    }

    @Test
    void a_database_that_is_killed_has_all_that_it_acknowledged() throws Exception {
        try (var members = members(a, b)) {
            awaitWarm();
            databaseIsGone = true;
            installation.killDatabase();
            var before = ledger.promised();
            await().atMost(LIMIT).until(() -> ledger.promised() > before + 20 * SENDERS);
            bringBackDatabase();
            recover("kill -9 of PostgreSQL", members);
        }
    }

    /** Waits until members have got licenses for a while. */
    private void awaitWarm() {
        await().atMost(LIMIT).until(() -> ledger.granted() > WARM);
        ledger.forgetWaits();
    }

    /** Measures from now, when the database could answer again, and audits. */
    private void recover(String fault, Members members) throws Exception {
        var since = System.nanoTime();
        for (var node : List.of(a, b)) {
            await().atMost(LIMIT).pollInterval(POLL).until(() -> node.answersBy().equals("STORE"));
        }
        var answers = secondsSince(since);
        members.stop();
        ledger.awaitReconciled(List.of(a, b));
        audit(
                "%s; the store answered after %.1f s, promises were reconciled after %.1f s"
                        .formatted(fault, answers, secondsSince(since)));
        assertThat(ledger.longestWait()).isLessThan(MEMBER);
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
    void a_balancer_never_runs_out_of_nodes() throws Exception {
        assumeTrue(Balancer.program().isPresent(), "HAProxy is not installed");
        var folder = home.path().resolve("balancer");
        try (var balancer = Balancer.before(List.of(a.url(), b.url()), folder)) {
            var edge = new Client(balancer.url(), installation.tokens()).as("edge");
            try (var members = new Members(ledger, List.of(edge), TITLES)) {
                awaitWarm();
                stopDatabase();
                var before = ledger.promised();
                await().atMost(LIMIT).until(() -> ledger.promised() > before + 40 * SENDERS);
                bringBackDatabase();
                recover("database stopped, two nodes behind HAProxy", members);
            }
        }
        assertThat(ledger.refused()).isZero();
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

    @Test
    void promises_of_a_clock_that_is_ahead_keep_its_time() throws Exception {
        assumeTrue(Programs.find("faketime").isPresent(), "faketime is not installed");
        var ahead =
                node(
                        Node.named("ahead")
                                .startedBy("faketime", "-f", "+" + AHEAD.toMinutes() + "m"));
        try {
            ahead.awaitCatalogueCopy();
            stopDatabase();
            var wish = Wish.of(TITLES.getFirst());
            var promise = ledger.send(ahead.as("edge"), wish).json();
            var issuedAt = promise.get("issuedAt").stringValue();
            assertThat(Instant.parse(issuedAt))
                    .isAfter(Instant.now().plus(AHEAD).minus(Duration.ofMinutes(1)));
            sendAll(ahead, wishes(10));
            bringBackDatabase();
            ledger.awaitReconciled(List.of(ahead));

            var path = "/v1/customers/" + wish.customer() + "/licenses/";
            var license = a.as("reader").get(path + promise.get("licenseId").stringValue()).json();
            assertThat(license.get("issuedAt").stringValue()).isEqualTo(issuedAt);
            // A node whose clock is right goes on after what is in the future for it.
            var next = new Wish(wish.customer(), TITLES.getLast(), "phone", Ids.next());
            assertThat(ledger.ask(a.as("edge"), next)).isPresent();
            audit("clock of a node ten minutes ahead", ahead);
        } finally {
            ahead.kill();
        }
    }

    private void stopDatabase() {
        databaseIsGone = true;
        installation.stopDatabase();
        for (var node : List.of(a, b)) {
            await().atMost(LIMIT).until(() -> node.answersBy().equals("PROMISES"));
        }
    }

    private void bringBackDatabase() throws IOException {
        if (!databaseIsGone) return;
        installation.startDatabase();
        databaseIsGone = false;
    }

    private static void put(String title) {
        var answer =
                a.as("operator")
                        .put(
                                "/v1/titles/" + title,
                                "{\"name\":\"%s\",\"studioId\":\"studio-00\"}".formatted(title));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    }

    private static List<Wish> wishes(int number) {
        return Stream.generate(() -> Wish.of(TITLES.getFirst())).limit(number).toList();
    }

    /** Each wish is granted, at the first attempt. */
    private void sendAll(FallbackNode node, List<Wish> wishes) throws Exception {
        var edge = node.as("edge");
        try (var threads = Executors.newFixedThreadPool(SENDERS)) {
            var calls = new ArrayList<Callable<Integer>>();
            for (var wish : wishes) calls.add(() -> ledger.send(edge, wish).status());
            for (var status : threads.invokeAll(calls)) assertThat(status.get()).isEqualTo(201);
        }
    }

    private Members members(FallbackNode... nodes) {
        var edges = Stream.of(nodes).map(node -> node.as("edge")).toList();
        return new Members(ledger, edges, TITLES);
    }

    private static Database database() {
        return installation.database();
    }

    /** Number of this test's promises that are in the history. */
    private int reconciled() throws Exception {
        return ledger.reconciled(database());
    }

    private void audit(String fault, FallbackNode... more) throws Exception {
        var nodes = Stream.concat(Stream.of(a, b), Stream.of(more)).toList();
        ledger.audit(database(), nodes);
        LOG.info(
                "%s: %d granted, of which %d promised, %d refused, longest wait %d ms, lost 0"
                        .formatted(
                                fault,
                                ledger.granted(),
                                ledger.promised(),
                                ledger.refused(),
                                ledger.longestWait().toMillis()));
    }

    private static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }
}
