package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.bench.SampleHistory;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Ids;
import dev.tally.system.Client;
import dev.tally.system.Client.Answer;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Logger;

/**
 * The wishes of members, and the answers to them. The audit compares both with the history, once
 * the database is back.
 */
final class Ledger {

    private static final Logger LOG = Logger.getLogger(Ledger.class.getName());

    /** A wait that is worth a line in the log. */
    private static final Duration LONG = Duration.ofSeconds(1);

    /** Longest time that promises may wait for their reconciliation. */
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** A license that a member wants. All attempts to get it have the same key. */
    record Wish(String customer, String title, String device, String key) {

        /** The only wish of a new customer. */
        static Wish of(String title) {
            return new Wish("member-" + Ids.next(), title, "phone", Ids.next());
        }
    }

    /** A license that a member was given. */
    record Granted(Wish wish, String license) {}

    private final Set<Wish> wishes = ConcurrentHashMap.newKeySet();
    private final Queue<Granted> granted = new ConcurrentLinkedQueue<>();
    private final AtomicInteger promised = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicLong longestNanos = new AtomicLong();

    /** Sends a wish to a node and notes the answer. */
    Answer send(Client edge, Wish wish) {
        wishes.add(wish);
        var began = System.nanoTime();
        try {
            var answer =
                    edge.with("Idempotency-Key", wish.key())
                            .post("/v1/customers/" + wish.customer() + "/licenses", body(wish));
            note(wish, answer);
            return answer;
        } finally {
            noteWait(System.nanoTime() - began);
        }
    }

    private void noteWait(long nanos) {
        longestNanos.accumulateAndGet(nanos, Math::max);
        if (nanos > LONG.toNanos()) LOG.info(() -> "A member waits " + nanos / 1_000_000 + " ms");
    }

    private static String body(Wish wish) {
        return "{\"titleId\":\"%s\",\"deviceId\":\"%s\",\"plan\":\"premium\",\"type\":\"DOWNLOAD\"}"
                .formatted(wish.title(), wish.device());
    }

    private void note(Wish wish, Answer answer) {
        if (answer.status() >= 300) return;
        granted.add(new Granted(wish, answer.json().get("licenseId").stringValue()));
        if (answer.json().get("provisional").booleanValue()) promised.incrementAndGet();
    }

    /** Sends a wish; the license's id, or empty if the node refuses or does not answer. */
    Optional<String> ask(Client edge, Wish wish) {
        try {
            var answer = send(edge, wish);
            if (answer.status() < 300) {
                return Optional.of(answer.json().get("licenseId").stringValue());
            }
            // While a node starts or stops, the container may answer without the application.
            var isOfTally = answer.header("X-Request-Id") != null;
            if (isOfTally && answer.status() < 500 && !answer.mayBeRepeated()) {
                throw new AssertionError(answer.toString());
            }
        } catch (IllegalStateException e) {
            // The node is down.
        }
        refused.incrementAndGet();
        return Optional.empty();
    }

    /** Number of answers that gave a license. */
    int granted() {
        return granted.size();
    }

    /** Number of answers that the database had stored. */
    int stored() {
        return granted() - promised();
    }

    /** Number of answers that promised one. */
    int promised() {
        return promised.get();
    }

    /** Number of attempts without a license. */
    int refused() {
        return refused.get();
    }

    /** Lets the longest wait be that from now on: nodes that have just started are slower. */
    void forgetWaits() {
        longestNanos.set(0);
    }

    Duration longestWait() {
        return Duration.ofNanos(longestNanos.get());
    }

    /** Waits until no node keeps a promise. */
    void awaitReconciled(List<FallbackNode> nodes) {
        for (var node : nodes) {
            await().atMost(LIMIT).until(() -> node.waiting() == 0);
            var list = node.as("operator").get("/v1/provisional-licenses").json();
            assertThat(list.get("promises").isEmpty()).as(list.toString()).isTrue();
        }
    }

    /**
     * Checks that what was granted is in the history once, and nothing that nobody wanted, in whole
     * histories whose snapshots are right.
     *
     * @return number of snapshots
     */
    int audit(Database database, List<FallbackNode> nodes) throws SQLException {
        return audit(database, nodes, Set.of());
    }

    /**
     * Checks the same where the database has lost some of what it had acknowledged.
     *
     * @param lost the licenses of all commands that it has lost. A promise of the same license may
     *     have brought one back.
     * @return number of snapshots
     */
    int audit(Database database, List<FallbackNode> nodes, Set<String> lost) throws SQLException {
        assertThat(granted).isNotEmpty();
        awaitReconciled(nodes);
        nothingWasNeverSent(database);
        eachIsThereOnce(database, lost);
        historiesAreWhole(database);
        return snapshotsThatAreWhatTheEventsMake(database);
    }

    /** Each command of the history was sent, and what nodes rehearse is not there. */
    private void nothingWasNeverSent(Database database) throws SQLException {
        var commands =
                """
                select distinct command_id from tally.event_history
                where customer_id = any(?) and command_id is not null
                """;
        assertThat(texts(database, commands)).isSubsetOf(keys(wishes));
        var rehearsed =
                """
                select customer_id from tally.customer
                where customer_id = any(?) or starts_with(customer_id, 'rehearsal')
                """;
        assertThat(texts(database, rehearsed)).isSubsetOf(customers());
    }

    private void eachIsThereOnce(Database database, Set<String> lost) throws SQLException {
        var issued = issued(database);
        assertThat(issued.values().stream().flatMap(List::stream)).doesNotHaveDuplicates();
        var missing = new TreeSet<String>();
        for (var one : granted) {
            var found = issued.getOrDefault(one.wish().key(), List.of());
            if (!found.contains(one.license())) missing.add(one.license());
            else assertThat(found).as("%s", one).hasSize(1);
        }
        var gone = new TreeSet<>(lost);
        issued.values().forEach(gone::removeAll);
        assertThat(missing).isEqualTo(gone);
    }

    /** Checks that no wish is in the history that was refused and not repeated. */
    void nothingRefusedIsThere(Database database) throws SQLException {
        var all = keys(granted.stream().map(Granted::wish).toList());
        assertThat(issued(database).keySet()).isEqualTo(all);
        assertThat(all.size()).isLessThan(wishes.size());
    }

    /** Number of promises to these customers that the history has taken. */
    int reconciled(Database database) throws SQLException {
        return texts(
                        database,
                        """
                        select event_id from tally.event_history
                        where customer_id = any(?) and event = 'ProvisionalLicenseReconciled'
                        """)
                .size();
    }

    private static Set<String> keys(Collection<Wish> wishes) {
        var keys = ConcurrentHashMap.<String>newKeySet();
        for (var wish : wishes) keys.add(wish.key());
        return keys;
    }

    /** The licenses that the history has, by the key of the command. */
    private Map<String, List<String>> issued(Database database) throws SQLException {
        var issued = new TreeMap<String, List<String>>();
        for (var row :
                texts(
                        database,
                        """
                        select command_id || ' ' || aggregate_id from tally.event_history
                        where customer_id = any(?) and event = 'LicenseIssued'
                        """)) {
            var parts = row.split(" ", 2);
            issued.computeIfAbsent(parts[0], key -> new ArrayList<>()).add(parts[1]);
        }
        return issued;
    }

    private void historiesAreWhole(Database database) throws SQLException {
        var broken =
                """
                with numbered as (
                    select customer_id, seq, event_time,
                        lag(seq, 1, 0) over history as before, lag(event_time) over history as time_before,
                        lead(seq) over history as after
                    from tally.event where customer_id = any(?)
                    window history as (partition by customer_id order by seq)
                )
                select concat_ws(' ', customer_id, seq)
                from numbered n join tally.customer c using (customer_id)
                where seq <> before + 1 or event_time < time_before or (after is null and seq <> c.last_seq)
                """;
        assertThat(texts(database, broken)).isEmpty();
    }

    private int snapshotsThatAreWhatTheEventsMake(Database database) throws SQLException {
        try (var node = SampleHistory.coldNode(database)) {
            for (var customer : customers()) {
                assertThat(node.store().checkSnapshot(customer, Instant.now()))
                        .as("snapshot of %s differs", customer)
                        .isFalse();
            }
        }
        return texts(database, "select customer_id from tally.snapshot where customer_id = any(?)")
                .size();
    }

    private String[] customers() {
        return wishes.stream().map(Wish::customer).distinct().toArray(String[]::new);
    }

    /** Results of a statement whose only parameter is the customers. */
    private List<String> texts(Database database, String sql) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("text", customers()));
            var texts = new ArrayList<String>();
            try (var rows = statement.executeQuery()) {
                while (rows.next()) texts.add(rows.getString(1));
            }
            return texts;
        }
    }
}
