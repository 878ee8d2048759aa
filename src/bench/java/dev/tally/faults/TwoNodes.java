package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.bench.Catalogue;
import dev.tally.faults.Ledger.Wish;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Installation;
import dev.tally.local.Node;
import dev.tally.local.Relay;
import dev.tally.local.TestFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Two nodes, the database that they reach over a relay, and members who ask them. A test makes
 * something fail and ends with an audit: everything that a member was granted is in the history
 * once, and nothing else.
 */
abstract class TwoNodes {

    private static final Logger LOG = Logger.getLogger(TwoNodes.class.getName());

    /**
     * A member's answer comes within half a second, on a quiet machine. The rest is for two nodes,
     * a database that starts, and the members on two cores. Nobody hangs.
     */
    static final Duration MEMBER = Duration.ofSeconds(4);

    /** Thousands of promises that an outage has left are taken in meanwhile, on two cores. */
    static final Duration LIMIT = Duration.ofMinutes(3);

    static final Duration POLL = Duration.ofMillis(20);
    static final int SENDERS = 8;

    static final Catalogue CATALOGUE = Catalogue.of(400, 1);
    static final List<String> TITLES =
            CATALOGUE.titles().stream().map(title -> title.id().value()).toList();

    /** Many promises for each customer, so that their histories have snapshots. */
    static final String NO_LIMITS =
            """
            {"settings":{"maxDownloadDevices":null,"maxActiveDownloadsPerDevice":null,
                "maxProvisionalPerDevice":null,"maxProvisionalPerCustomer":null}}
            """;

    /** Few events before a snapshot, for the same reason. */
    private static final Map<String, String> SHORT_GENERATIONS =
            Map.of("TALLY_GENERATION_EVENTS", "10");

    /** Licenses that warm up the nodes. */
    private static final int WARM = 300;

    static TestFolder home;
    static Installation installation;
    static Relay relay;
    static FallbackNode a;
    static FallbackNode b;

    final Ledger ledger = new Ledger();
    boolean databaseIsGone;

    @BeforeAll
    static void start() throws Exception {
        home = TestFolder.in(Path.of("target/faults"));
        installation = Installation.embedded(home.path(), 0);
        installation.database().migrated();
        try (var owner = installation.database().connect(Role.TALLY_OWNER)) {
            CATALOGUE.load(owner);
        }
        relay = installation.relay();
        a = node(Node.named("a"));
        b = node(Node.named("b"));
        var studio = CATALOGUE.titles().getFirst().studio();
        var policy = a.as("operator").put("/v1/policies/studio/" + studio, NO_LIMITS);
        assertThat(policy.status()).as(policy.body()).isEqualTo(201);
        a.awaitCatalogueCopy();
        b.awaitCatalogueCopy();
    }

    static FallbackNode node(Node node) throws IOException, InterruptedException {
        return node(node, home.path().resolve("fallback-" + node.name()));
    }

    static FallbackNode node(Node node, Path folder) throws IOException, InterruptedException {
        var whole = node.through(relay).with(SHORT_GENERATIONS);
        return FallbackNode.start(installation, whole, folder);
    }

    @AfterAll
    static void stop() throws IOException {
        installation.close();
        if (!TestFolder.anyFailed()) home.passed();
        home.close();
    }

    @BeforeEach
    void startNodes() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var starts = new ArrayList<Callable<Void>>();
            for (var node : List.of(a, b)) {
                starts.add(
                        () -> {
                            node.start();
                            return null;
                        });
            }
            for (var started : threads.invokeAll(starts)) started.get();
        }
    }

    @AfterEach
    void bringBackWhatIsGone() throws IOException {
        relay.restore();
        bringBackDatabase();
    }

    static Database database() {
        return installation.database();
    }

    /** Stops the database as an administrator does; returns once the nodes know. */
    void stopDatabase() {
        databaseIsGone = true;
        installation.stopDatabase();
        for (var node : List.of(a, b)) awaitAnswersBy("PROMISES", node);
    }

    void bringBackDatabase() throws IOException {
        if (!databaseIsGone) return;
        installation.startDatabase();
        databaseIsGone = false;
    }

    static void awaitAnswersBy(String who, FallbackNode node) {
        await().atMost(LIMIT).pollInterval(POLL).until(() -> node.answersBy().equals(who));
    }

    static List<Wish> wishes(int number) {
        return Stream.generate(() -> Wish.of(TITLES.getFirst())).limit(number).toList();
    }

    /** Each wish is granted, at the first attempt. */
    void sendAll(FallbackNode node, List<Wish> wishes) throws Exception {
        var edge = node.as("edge");
        try (var threads = Executors.newFixedThreadPool(SENDERS)) {
            var calls = new ArrayList<Callable<Integer>>();
            for (var wish : wishes) calls.add(() -> ledger.send(edge, wish).status());
            for (var status : threads.invokeAll(calls)) assertThat(status.get()).isEqualTo(201);
        }
    }

    Members members(FallbackNode... nodes) {
        var edges = Stream.of(nodes).map(node -> node.as("edge")).toList();
        return new Members(ledger, edges, TITLES);
    }

    /** Waits until members have got licenses for a while. */
    void awaitWarm() {
        await().atMost(LIMIT).until(() -> ledger.granted() > WARM);
        ledger.forgetWaits();
    }

    /** Waits until members have got as many licenses more. */
    void awaitMoreGranted(int number) {
        var before = ledger.granted();
        await().atMost(LIMIT).pollInterval(POLL).until(() -> ledger.granted() > before + number);
    }

    /** Waits until members have been promised as many licenses more. */
    void awaitMorePromised(int number) {
        var before = ledger.promised();
        await().atMost(LIMIT).pollInterval(POLL).until(() -> ledger.promised() > before + number);
    }

    /** Measures from now, when the database could answer again, and audits. */
    void recover(String fault, Members members, FallbackNode... more) throws Exception {
        var nodes = Stream.concat(Stream.of(a, b), Stream.of(more)).toList();
        var since = System.nanoTime();
        for (var node : nodes) awaitAnswersBy("STORE", node);
        var answers = secondsSince(since);
        members.stop();
        ledger.awaitReconciled(nodes);
        var snapshots =
                audit(
                        "%s; the store answered after %.1f s, promises were reconciled after %.1f s"
                                .formatted(fault, answers, secondsSince(since)),
                        more);
        assertThat(snapshots).isPositive();
    }

    /** Checks that members waited as long as they may, once their nodes were warm. */
    void nobodyWaitedLong() {
        assertThat(ledger.longestWait()).isLessThan(MEMBER);
    }

    static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }

    /** Number of this test's promises that are in the history. */
    int reconciled() throws Exception {
        return ledger.reconciled(database());
    }

    /** Returns the number of snapshots that were compared with what the events make. */
    int audit(String fault, FallbackNode... more) throws Exception {
        var nodes = Stream.concat(Stream.of(a, b), Stream.of(more)).toList();
        var snapshots = ledger.audit(database(), nodes);
        LOG.info(
                "%s: %d granted, of which %d promised, %d refused, longest wait %d ms, %d snapshots, lost 0"
                        .formatted(
                                fault,
                                ledger.granted(),
                                ledger.promised(),
                                ledger.refused(),
                                ledger.longestWait().toMillis(),
                                snapshots));
        return snapshots;
    }
}
