package dev.tally.faults;

import static dev.tally.faults.TwoNodes.CATALOGUE;
import static dev.tally.faults.TwoNodes.LIMIT;
import static dev.tally.faults.TwoNodes.MEMBER;
import static dev.tally.faults.TwoNodes.NO_LIMITS;
import static dev.tally.faults.TwoNodes.POLL;
import static dev.tally.faults.TwoNodes.TITLES;
import static dev.tally.faults.TwoNodes.secondsSince;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Installation;
import dev.tally.local.Node;
import dev.tally.system.Client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Two nodes whose database is replaced or damaged while members use them. */
final class NodePair implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(NodePair.class.getName());

    /** Licenses that warm up the nodes. */
    private static final int WARM = 300;

    /** Answers of a second of load. */
    static final int SOME = 50;

    private static final Pattern LOST = Pattern.compile("Lost: command .* about (\\S+)");

    private final Installation installation;
    private final FallbackNode a;
    private final FallbackNode b;

    /** Number of lines that each node had logged when members began. */
    private final Map<FallbackNode, Integer> linesBefore = new HashMap<>();

    /** Number of commands that each node had missed then. */
    private final Map<FallbackNode, Integer> lostBefore = new HashMap<>();

    private NodePair(Installation installation, FallbackNode a, FallbackNode b) {
        this.installation = installation;
        this.a = a;
        this.b = b;
    }

    /**
     * Starts two nodes with a catalogue, in which members have no limits.
     *
     * @param database not migrated yet
     * @param settings more environment variables of the nodes
     */
    static NodePair start(Path home, Database database, Map<String, String> settings)
            throws Exception {
        database.migrated();
        try (var owner = database.connect(Role.TALLY_OWNER)) {
            CATALOGUE.load(owner);
        }
        var installation = Installation.on(home, database);
        try {
            var a = node(installation, home, "a", settings);
            var b = node(installation, home, "b", settings);
            var studio = CATALOGUE.titles().getFirst().studio();
            var policy = a.as("operator").put("/v1/policies/studio/" + studio, NO_LIMITS);
            assertThat(policy.status()).as(policy.body()).isEqualTo(201);
            a.awaitCatalogueCopy();
            b.awaitCatalogueCopy();
            return new NodePair(installation, a, b);
        } catch (Exception | AssertionError e) {
            installation.close();
            throw e;
        }
    }

    private static FallbackNode node(
            Installation installation, Path home, String name, Map<String, String> settings)
            throws IOException, InterruptedException {
        return FallbackNode.start(
                installation, Node.named(name).with(settings), home.resolve("fallback-" + name));
    }

    List<FallbackNode> all() {
        return List.of(a, b);
    }

    Client as(String role) {
        return a.as(role);
    }

    /** Members that use both nodes. */
    Members members(Ledger ledger) throws IOException {
        for (var node : all()) {
            linesBefore.put(node, node.log().size());
            lostBefore.put(node, countOfLost(node));
        }
        var members = new Members(ledger, List.of(a.as("edge"), b.as("edge")), TITLES);
        await().atMost(LIMIT).until(() -> ledger.granted() > WARM);
        ledger.forgetWaits();
        return members;
    }

    /** Waits until members have been given some more licenses. */
    static void awaitMore(Ledger ledger) {
        var before = ledger.granted();
        await().atMost(LIMIT).pollInterval(POLL).until(() -> ledger.granted() > before + SOME);
    }

    /** Waits until the database has stored some more licenses: a busy machine promises others. */
    static void awaitStored(Ledger ledger) {
        var before = ledger.stored();
        await().atMost(LIMIT).pollInterval(POLL).until(() -> ledger.stored() > before + SOME);
    }

    /** Waits until members have been promised some licenses. */
    static void awaitPromises(Ledger ledger) {
        var before = ledger.promised();
        await().atMost(LIMIT).pollInterval(POLL).until(() -> ledger.promised() > before + SOME);
    }

    /**
     * Waits, from the moment when the database could answer again, until all is as before, and
     * audits.
     *
     * @param replaced whether another server process answers now
     * @return what the nodes say to be lost
     */
    Set<String> recover(
            String fault, Ledger ledger, Members members, Database database, boolean replaced)
            throws Exception {
        var since = System.nanoTime();
        for (var node : all()) {
            await().atMost(LIMIT).pollInterval(POLL).until(() -> node.answersBy().equals("STORE"));
        }
        var answers = secondsSince(since);
        awaitMore(ledger);
        members.stop();
        ledger.awaitReconciled(all());
        var reconciled = secondsSince(since);
        if (replaced) for (var node : all()) awaitLook(node);
        var lost = lost();
        ledger.audit(database, all(), lost);
        LOG.info(
                "%s; the store answered after %.1f s, promises were reconciled after %.1f s: %d granted, of which %d promised, %d refused, longest wait %d ms, lost %d"
                        .formatted(
                                fault,
                                answers,
                                reconciled,
                                ledger.granted(),
                                ledger.promised(),
                                ledger.refused(),
                                ledger.longestWait().toMillis(),
                                lost.size()));
        assertThat(ledger.longestWait()).isLessThan(MEMBER);
        return lost;
    }

    /** Waits until a node has compared what it remembers with what another server has. */
    private void awaitLook(FallbackNode node) {
        await().atMost(LIMIT)
                .until(() -> log(node).anyMatch(line -> line.contains("Another server answers")));
    }

    /** True if a node has logged some words since the members began. */
    boolean haveLogged(String words) throws IOException {
        for (var node : all()) {
            if (log(node).anyMatch(line -> line.contains(words))) return true;
        }
        return false;
    }

    /** What a node has logged since the members began. */
    private Stream<String> log(FallbackNode node) throws IOException {
        return node.log().stream().skip(linesBefore.getOrDefault(node, 0));
    }

    /**
     * The licenses that the nodes say to be lost, each perhaps by both; the metric tells how often.
     */
    private Set<String> lost() throws IOException {
        var lost = new TreeSet<String>();
        for (var node : all()) {
            var ofNode =
                    log(node)
                            .map(LOST::matcher)
                            .filter(Matcher::find)
                            .map(line -> line.group(1))
                            .collect(Collectors.toSet());
            assertThat(countOfLost(node) - lostBefore.getOrDefault(node, 0))
                    .isEqualTo(ofNode.size());
            lost.addAll(ofNode);
        }
        return lost;
    }

    /** True if a node has logged some words of a write that is lost since the members began. */
    boolean haveSaidLost(String words) throws IOException {
        for (var node : all()) {
            if (log(node).anyMatch(line -> line.contains("Lost by") && line.contains(words))) {
                return true;
            }
        }
        return false;
    }

    /** Number of lost writes of a kind that the nodes have found. */
    int countOfLostWrites(String kind) {
        return all().stream()
                .mapToInt(node -> count(node, "tally_writes_lost_total{kind=\"" + kind + "\""))
                .sum();
    }

    private static int countOfLost(FallbackNode node) {
        return count(node, "tally_commands_lost_total");
    }

    private static int count(FallbackNode node, String series) {
        return node.as("reader")
                .get("/metrics?scope=application")
                .body()
                .lines()
                .filter(line -> line.startsWith(series))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .mapToInt(value -> (int) Double.parseDouble(value))
                .sum();
    }

    @Override
    public void close() throws IOException {
        installation.close();
    }
}
