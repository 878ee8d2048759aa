package dev.tally.timeline.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tally.catalog.Catalog;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.denials.KeptDenials;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.Playing;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.AccountModel;
import dev.tally.licensing.write.Lookups;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Ids;
import dev.tally.timeline.simulation.Simulation.State;
import dev.tally.timeline.simulation.Simulations.Outcome;
import dev.tally.timeline.simulation.Simulations.Question;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import javax.sql.DataSource;

/** The numbers are those in the documentation of package {@code timeline.simulation}. */
class SimulationTest {

    private static final TitleId GLOW = new TitleId("glow");

    /** Customers with two devices, the second of which the proposed policy denies. */
    private static final int WITH_TWO_DEVICES = 6;

    /** Settings that allow the sixth download of a title, and no second device. */
    private static final Map<PolicyKey, Object> PROPOSED =
            Map.of(
                    PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                    6,
                    PolicyKey.MAX_DOWNLOAD_DEVICES,
                    1);

    /**
     * The hash of a question. It must not change: a retry may come to a node of a newer release.
     */
    private static final int HASH = 156850140;

    private static final String PLAYS = "maxPlaybacksPerTitlePerYear";

    private static Instant now;

    private static Database database;
    private static Stores stores;

    private final Set<String> asked = new TreeSet<>();
    private final Simulations simulations = new Simulations();

    /** The real policies. */
    private PolicySet policies = ShippedPolicies.withPremium();

    /** Statements after which the owner's connection breaks; 0: never. */
    private int statementsLeft;

    @BeforeAll
    static void customersOfTheLastHours() throws IOException, SQLException {
        now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        database = Database.forTests().migrated().hurried();
        stores = new Stores(database, AccountModel.MODEL, Settings.cold(50));
        run("select create_partitions(date_trunc('month', now()) - interval '2 months', 3)");
        run("select create_denial_months(now() - interval '2 months', 3)");
        for (int i = 0; i < WITH_TWO_DEVICES; i++) {
            acquire("two-" + i, "phone", now.minusSeconds(7_200));
            acquire("two-" + i, "tablet", now.minusSeconds(3_600));
        }
        var at = now.minusSeconds(9_000);
        for (int i = 0; i < 5; i++) {
            var license = acquire("six", "phone", at.plusSeconds(10L * i));
            release("six", license, at.plusSeconds(10L * i + 5));
        }
        acquire("one", "phone", now.minusSeconds(3_600));
    }

    @AfterAll
    static void stop() {
        stores.close();
        database.close();
    }

    @BeforeEach
    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    void start() throws SQLException {
        simulations.database = database.dataSource(Role.TALLY_APP);
        run("delete from simulation");
        run("delete from erasure");
        run("delete from denial");
        run("delete from event where customer_id like 'many-%'");
        run("delete from customer where customer_id like 'many-%'");
        deny("six", "phone", "{maxDownloadsPerTitlePerYear}", now.minusSeconds(60));
    }

    /** Requirements 1 and 2: also the device is judged although its customer did nothing else. */
    @Test
    void who_would_be_denied_or_allowed_is_told_by_rule_with_examples() throws Exception {
        var id = ask();

        workAll();

        assertFound(id);
        var found = simulations.find(id).orElseThrow();
        assertThat(found.examples())
                .filteredOn(of -> of.example().outcome().equals("NEWLY_ALLOWED"))
                .extracting(Example::customerId)
                .containsExactly("six");
        assertThat(found.examples())
                .filteredOn(of -> of.example().outcome().equals("NEWLY_DENIED"))
                .hasSize(Tally.EXAMPLES)
                .allMatch(of -> of.customerId().startsWith("two-"))
                .allMatch(of -> of.example().deviceId().equals("tablet"))
                // The second command begins with the fourth event.
                .allMatch(of -> of.place().equals("4"));
    }

    private void assertFound(String id) {
        var found = simulations.find(id).orElseThrow();
        assertThat(found.progress().state()).isEqualTo(State.DONE);
        assertThat(found.progress().lookedAt()).isEqualTo(WITH_TWO_DEVICES + 2);
        assertThat(found.progress().customers()).isEqualTo(WITH_TWO_DEVICES + 2);
        var counts = found.counts();
        assertThat(counts.customers()).isEqualTo(WITH_TWO_DEVICES + 2);
        assertThat(counts.customersUnknown()).isZero();
        assertThat(counts.notReproduced()).isZero();
        assertThat(counts.commands()).isEqualTo(2 * WITH_TWO_DEVICES + 5 + 1);
        assertThat(counts.denials()).isEqualTo(1);
        assertThat(counts.changes())
                .isEqualTo(new Counts.Changes(WITH_TWO_DEVICES, 1, WITH_TWO_DEVICES, 1));
        assertThat(counts.rules())
                .isEqualTo(
                        Map.of(
                                "maxDownloadDevices",
                                new Counts.Changed(WITH_TWO_DEVICES, 0),
                                "maxDownloadsPerTitlePerYear",
                                new Counts.Changed(0, 1)));
    }

    /** The second of two plays in one command is decided after the first. */
    @Test
    void plays_of_downloads_are_decided_again_each_on_the_account_before_it() throws Exception {
        policies = withPlaysOfGlow(2);
        var license = acquire("many-plays", "phone", now.minusSeconds(7_000));
        play(
                "many-plays",
                license,
                now.minusSeconds(300),
                start("a", license, null),
                start("b", license, null));
        var late = start("c", license, now.minusSeconds(5_000));
        play("many-plays", license, now.minusSeconds(200), late);
        deny("many-plays", "phone", "{" + PLAYS + "}", now.minusSeconds(100));
        run("update tally.denial set kind = 'START' where customer_id = 'many-plays'");

        assertPlays(1, new Counts.Changed(1, 0));
        assertPlays(2, new Counts.Changed(0, 0));
        assertPlays(5, new Counts.Changed(0, 1));
    }

    private void assertPlays(int most, Counts.Changed changed) throws Exception {
        var proposal = new Proposal(Scope.TITLE, "glow", PolicySettings.of(plays(most)));
        var id = simulations.ask(new Question(proposal, 1, 1, "anna", null)).simulation().id();

        workAll();

        var found = simulations.find(id).orElseThrow();
        assertThat(found.counts().of(PLAYS)).isEqualTo(changed);
        assertThat(found.counts().notReproduced()).isZero();
        assertThat(found.counts().notJudged()).isZero();
        if (changed.newlyDenied() == 0) return;
        var example = found.examples().getFirst();
        assertThat(example.customerId()).isEqualTo("many-plays");
        assertThat(example.example().kind()).isEqualTo("START");
        // Behind the acquire's three events come the license's first play, and the two sessions.
        assertThat(example.place()).isEqualTo("6");
    }

    private static PolicySet withPlaysOfGlow(int most) {
        return ShippedPolicies.withPremium()
                .supposing(Scope.TITLE, "glow", plays(most), Instant.EPOCH);
    }

    private static Map<PolicyKey, Object> plays(int most) {
        return Map.of(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, most);
    }

    private static Report start(String session, LicenseId license, Instant occurredAt) {
        return new Report(new SessionId(session), Kind.START, license, occurredAt);
    }

    private void play(String customer, LicenseId license, Instant at, Report... reports) {
        append(
                customer,
                at,
                account -> {
                    var events = new ArrayList<CustomerEvent>();
                    var then = account;
                    for (var report : reports) {
                        var glow = named("glow");
                        var policy = policies.inForce(glow, ShippedPolicies.PREMIUM, null, at);
                        var its = then.licenses().find(license).orElseThrow();
                        var played = Playing.start(then, its, glow, policy, report, at).events();
                        events.addAll(played);
                        for (var event : played) then = Account.evolve(then, "", event);
                    }
                    return new Allowed(events, List.of());
                });
    }

    @Test
    void requests_outside_of_the_time_and_titles_without_the_policy_change_nothing()
            throws Exception {
        run(
                "update tally.denial set first_at = first_at - interval '5 days',"
                        + " last_at = last_at - interval '5 days'");
        var other = new Proposal(Scope.TITLE, "other", PolicySettings.of(PROPOSED));
        var answer = simulations.ask(new Question(other, 1, 1, "anna", null));

        workAll();

        var found = simulations.find(answer.simulation().id()).orElseThrow();
        assertThat(found.counts().denials()).isZero();
        assertThat(found.counts().commands()).isPositive();
        assertThat(found.counts().changes()).isEqualTo(Counts.Changes.NONE);
    }

    @Test
    void a_simulation_of_a_customers_policy_looks_at_that_customer_only() throws Exception {
        var own = new Proposal(Scope.CUSTOMER, "two-1", PolicySettings.of(PROPOSED));
        var answer = simulations.ask(new Question(own, 1, 1, "anna", null));

        workAll();

        var found = simulations.find(answer.simulation().id()).orElseThrow();
        assertThat(found.counts().changes()).isEqualTo(new Counts.Changes(1, 0, 1, 0));
        assertThat(asked).containsExactly("two-1");
    }

    /** Requirement 5: the connection breaks before each statement in turn. */
    @Test
    void a_killed_simulation_goes_on_and_counts_each_customer_once() throws Exception {
        var id = ask();

        var kills = 0;
        for (int statements = 1; state(id) != State.DONE; statements++) {
            statementsLeft = statements;
            try (var connection = owner().getConnection()) {
                while (simulator(1).round(connection)) statements = 1;
            } catch (SQLException e) {
                kills++;
            }
        }

        assertThat(kills).isGreaterThan(WITH_TWO_DEVICES);
        assertFound(id);
    }

    /** Requirement 6. */
    @Test
    void a_node_leaves_a_simulation_alone_while_another_works_on_it() throws Exception {
        var id = ask();
        var pauses = new AtomicInteger();

        job().work(
                        simulator(1),
                        time -> {
                            pauses.incrementAndGet();
                            var before = looked(id);
                            workAll();
                            assertThat(looked(id)).isEqualTo(before);
                        });

        assertThat(pauses.get()).isGreaterThan(WITH_TWO_DEVICES);
        assertFound(id);
    }

    /** Requirement 5: the session of the first has lost the lock, and it has not noticed. */
    @Test
    void of_two_nodes_at_the_same_customers_one_counts_them() throws Exception {
        var id = ask();
        var second = new AtomicReference<Simulator>(simulator(2));
        var slow =
                (EventStore)
                        Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {EventStore.class},
                                (proxy, method, arguments) -> {
                                    var other = second.getAndSet(null);
                                    if (other != null) {
                                        try (var connection = owner().getConnection()) {
                                            assertThat(other.round(connection)).isTrue();
                                        }
                                    }
                                    try {
                                        return method.invoke(stores.store(), arguments);
                                    } catch (InvocationTargetException e) {
                                        throw e.getCause();
                                    }
                                });

        try (var connection = owner().getConnection()) {
            while (simulator(slow, 3).round(connection)) assertThat(second.get()).isNull();
        }

        assertFound(id);
    }

    /** Requirement 7. */
    @Test
    void a_cancelled_simulation_counts_nothing_more() throws Exception {
        var id = ask();
        try (var connection = owner().getConnection()) {
            simulator(2).round(connection);
            var cancelled = simulations.cancel(id).orElseThrow();
            assertThat(cancelled.progress().state()).isEqualTo(State.CANCELLED);
            assertThat(cancelled.counts().customers()).isEqualTo(2);

            assertThat(simulator(2).round(connection)).isFalse();

            assertThat(simulations.cancel(id)).contains(cancelled);
            assertThat(simulations.find(id)).contains(cancelled);
        }
        assertThat(simulations.cancel("none")).isEmpty();
    }

    @Test
    void simulations_run_in_the_order_in_which_they_were_asked_for() throws Exception {
        var first = ask();
        var second = ask();

        try (var connection = owner().getConnection()) {
            simulator(2).round(connection);
        }

        assertThat(state(first)).isEqualTo(State.RUNNING);
        assertThat(state(second)).isEqualTo(State.WAITING);
        workAll();
        assertThat(state(second)).isEqualTo(State.DONE);
        assertThat(simulations.all()).extracting(Simulation::id).containsExactly(second, first);
    }

    @Test
    void ten_simulations_wait_beside_one_that_runs() {
        for (int i = 0; i <= Simulations.MOST_WAITING; i++) ask();

        assertThat(simulations.ask(question(null, 1)).outcome()).isEqualTo(Outcome.FULL);
        simulations.cancel(simulations.all().getFirst().id());
        assertThat(simulations.ask(question(null, 1)).outcome()).isEqualTo(Outcome.ASKED);
    }

    @Test
    void a_retry_under_the_same_key_gets_the_same_simulation() {
        var first = simulations.ask(question("key", 1));
        var again = simulations.ask(question("key", 1));

        assertThat(again.outcome()).isEqualTo(Outcome.AGAIN);
        assertThat(again.simulation().id()).isEqualTo(first.simulation().id());
        assertThat(simulations.ask(question("key", 2)).outcome()).isEqualTo(Outcome.KEY_REUSED);
        assertThat(question("key", 1).hash()).isEqualTo(HASH);
    }

    /** Requirement 4. */
    @Test
    void a_sample_is_the_same_each_time_and_is_part_of_a_larger_one() throws Exception {
        for (int i = 0; i < 60; i++) acquire("many-" + i, "phone", now.minusSeconds(600));
        var small = sample(4);
        var large = sample(2);

        assertThat(sample(4)).isEqualTo(small);
        assertThat(large).containsAll(small);
        assertThat(small.size()).isBetween(5, 30);
        assertThat(large.size()).isBetween(small.size() + 1, 50);
    }

    private Set<String> sample(int oneIn) throws Exception {
        asked.clear();
        simulations.ask(question(null, oneIn));
        workAll();
        return new TreeSet<>(asked);
    }

    @Test
    void who_was_only_ever_denied_is_looked_at() throws Exception {
        deny("nobody", "phone", "{maxDownloadDevices}", now.minusSeconds(60));
        var id = ask();

        workAll();

        // Nothing of the customer was ever stored, so the real policies would have allowed it.
        assertThat(simulations.find(id).orElseThrow().counts().notReproduced()).isEqualTo(1);
        assertThat(asked).contains("nobody");
    }

    @Test
    void denials_that_no_policy_can_change_or_that_are_not_understood_are_told_apart()
            throws Exception {
        deny("one", "tablet", "{titleAvailability,maxDownloadDevices}", now.minusSeconds(50));
        deny("one", "tablet", "{aRuleOfTomorrow}", now.minusSeconds(40));
        run(
                "insert into tally.denial select hour, first_at, last_at, denials, policy_version,"
                        + " customer_id, 'START', device_id, title_id, rules, studio_id, plan_id,"
                        + " 'start', findings from tally.denial where customer_id = 'six'");
        var id = ask();

        workAll();

        var counts = simulations.find(id).orElseThrow().counts();
        assertThat(counts.denials()).isEqualTo(2);
        assertThat(counts.notJudged()).isEqualTo(2);
        assertThat(counts.changes().newlyAllowed()).isEqualTo(1);
    }

    @Test
    void a_history_that_has_been_retired_is_told_as_unknown() throws Exception {
        var id = ask();
        var retired =
                (EventStore)
                        Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {EventStore.class},
                                (proxy, method, arguments) -> {
                                    if (method.getName().equals("readAsOf")) {
                                        throw new UnreadableHistory("c", 1, "of the test");
                                    }
                                    try {
                                        return method.invoke(stores.store(), arguments);
                                    } catch (InvocationTargetException e) {
                                        throw e.getCause();
                                    }
                                });

        try (var connection = owner().getConnection()) {
            while (simulator(retired, 5).round(connection)) assertThat(state(id)).isNotNull();
        }

        assertThat(simulations.find(id).orElseThrow().counts())
                .isEqualTo(
                        Counts.NONE.plus(
                                new Counts(
                                        0,
                                        WITH_TWO_DEVICES + 2,
                                        0,
                                        0,
                                        0,
                                        0,
                                        Counts.Changes.NONE,
                                        Map.of())));
    }

    /** 57014: a statement took too long. 55P03: a row is locked. XX001: a page is damaged. */
    @ParameterizedTest
    @CsvSource({"57014", "55P03", "XX001"})
    void a_history_that_never_comes_is_tried_three_times_and_holds_up_nobody(String sqlState)
            throws Exception {
        var id = ask();
        var late = new LateStore("two-1", sqlState, Integer.MAX_VALUE);

        work(simulator(late.store(), 25), id);

        assertThat(late.asked).isEqualTo(Simulator.MOST_ATTEMPTS);
        var counts = simulations.find(id).orElseThrow().counts();
        assertThat(counts.customersUnknown()).isEqualTo(1);
        assertThat(counts.customers()).isEqualTo(WITH_TWO_DEVICES + 1);
        assertThat(examples(id)).contains("two-0", "two-2").doesNotContain("two-1");
    }

    @Test
    void a_history_that_comes_at_the_third_attempt_is_decided() throws Exception {
        var id = ask();
        var late = new LateStore("two-1", "55P03", Simulator.MOST_ATTEMPTS - 1);

        work(simulator(late.store(), 25), id);

        assertFound(id);
    }

    @Test
    void a_database_that_is_away_makes_no_customer_unknown() throws Exception {
        var id = ask();
        var away = new LateStore("two-1", "08006", 2 * Simulator.MOST_ATTEMPTS);
        var simulator = simulator(away.store(), 25);

        try (var connection = owner().getConnection()) {
            while (away.asked < away.times) {
                var before = away.asked;
                var thrown = catchThrowable(() -> simulator.round(connection));
                // It ends the round, and waits for the next look.
                assertThat(thrown != null).isEqualTo(away.asked > before);
            }
        }
        work(simulator, id);

        assertFound(id);
    }

    /** A store that fails when it is asked for a customer's history, some times. */
    private static final class LateStore {

        private final String customer;
        private final String sqlState;
        private final int times;
        private int asked;

        LateStore(String customer, String sqlState, int times) {
            this.customer = customer;
            this.sqlState = sqlState;
            this.times = times;
        }

        EventStore store() {
            return (EventStore)
                    Proxy.newProxyInstance(
                            getClass().getClassLoader(),
                            new Class<?>[] {EventStore.class},
                            (proxy, method, arguments) -> {
                                var isHistory =
                                        arguments[0] instanceof HistoryQuery query
                                                && query.customerId().equals(customer);
                                if (isHistory && asked++ < times) {
                                    throw new IllegalStateException(
                                            new SQLException("of the test", sqlState));
                                }
                                try {
                                    return method.invoke(stores.store(), arguments);
                                } catch (InvocationTargetException e) {
                                    throw e.getCause();
                                }
                            });
        }
    }

    private void work(Simulator simulator, String id) throws SQLException {
        try (var connection = owner().getConnection()) {
            while (simulator.round(connection)) assertThat(state(id)).isNotNull();
        }
    }

    @Test
    void a_fault_ends_the_simulation_and_the_next_has_its_turn() throws Exception {
        var id = ask();
        var faulty =
                (EventStore)
                        Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {EventStore.class},
                                (proxy, method, arguments) -> {
                                    throw new IllegalArgumentException("a fault of the test");
                                });

        try (var connection = owner().getConnection()) {
            assertThat(simulator(faulty, 5).round(connection)).isTrue();
        }
        var next = ask();
        workAll();

        assertThat(state(id)).isEqualTo(State.FAILED);
        assertFound(next);
    }

    /** Requirement 8. */
    @Test
    void no_example_of_an_erased_customer_remains() throws Exception {
        var id = ask();
        var own = new Proposal(Scope.CUSTOMER, "two-1", PolicySettings.of(PROPOSED));
        var ofOne = simulations.ask(new Question(own, 1, 1, "anna", null)).simulation().id();
        workAll();
        assertThat(examples(id)).contains("two-1");

        run("select forget_simulated('two-1')");

        assertThat(examples(id)).isNotEmpty().doesNotContain("two-1");
        assertThat(simulations.find(ofOne)).isEmpty();
        assertFound(id);
    }

    /** Requirement 8: the erasure is requested, or completed, while the events are read. */
    @Test
    void what_is_erased_meanwhile_becomes_no_example() throws Exception {
        erasure("two-1", "null", "'two-1'");
        erasure("two-2", "now()", "null");
        erasure("two-3", "now() - interval '1 minute'", "null");
        var id = ask();

        workAll();

        assertThat(examples(id)).contains("two-3").doesNotContain("two-1", "two-2");
    }

    private void erasure(String customer, String completedAt, String named) throws SQLException {
        run(
                """
                insert into tally.erasure
                    (erasure_id, customer_digest, customer_id, first_seq, requested_by, requested_at,
                     completed_at)
                values
                    ('%1$s', sha256('%1$s'), %3$s, 9, 'anna', now() - interval '2 minutes', %2$s)
                """
                        .formatted(customer, completedAt, named));
    }

    /** Requirement 9. */
    @Test
    void a_simulation_is_removed_thirty_days_after_its_end() throws Exception {
        var old = ask();
        workAll();
        run("update tally.simulation set ended_at = ended_at - interval '29 days'");
        workAll();
        assertThat(simulations.find(old)).isPresent();

        run("update tally.simulation set ended_at = ended_at - interval '1 day'");
        workAll();

        assertThat(simulations.find(old)).isEmpty();
    }

    @Test
    void what_only_a_newer_release_can_read_is_left_to_it() throws Exception {
        var id = ask();
        run("update tally.simulation set settings = '{\"aKeyOfTomorrow\": 1}'");

        workAll();

        assertThat(state(id)).isEqualTo(State.RUNNING);
        assertThat(looked(id)).isZero();
    }

    @Test
    void the_application_can_neither_count_nor_remove() {
        for (var sql :
                List.of(
                        "delete from simulation",
                        "update simulation set counts = '{}'",
                        "insert into simulation_example values ('a', 'b', '1', now(), '{}')",
                        "select keep_simulated('a', '', null, 1, '{}', '[]', now())",
                        "select forget_simulated('a')")) {
            assertThatThrownBy(() -> run(Role.TALLY_APP, sql))
                    .as(sql)
                    .hasMessageContaining("permission denied");
        }
        assertThatThrownBy(() -> run(Role.TALLY_READER, "delete from simulation"))
                .isInstanceOf(SQLException.class);
    }

    private List<String> examples(String id) {
        return simulations.find(id).orElseThrow().examples().stream()
                .map(Example::customerId)
                .toList();
    }

    private State state(String id) {
        return simulations.find(id).orElseThrow().progress().state();
    }

    private long looked(String id) {
        return simulations.find(id).orElseThrow().progress().lookedAt();
    }

    private String ask() {
        return simulations.ask(question(null, 1)).simulation().id();
    }

    private static Question question(String key, int oneIn) {
        var proposal =
                new Proposal(
                        Scope.PLAN, ShippedPolicies.PREMIUM.value(), PolicySettings.of(PROPOSED));
        return new Question(proposal, 1, oneIn, "anna", key);
    }

    private void workAll() {
        try {
            job().work(simulator(3), time -> {});
        } catch (SQLException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    private SimulationJob job() {
        var job = new SimulationJob();
        job.owner = database.dataSource(Role.TALLY_OWNER);
        return job;
    }

    private Simulator simulator(int mostCustomers) {
        return simulator(stores.store(), mostCustomers);
    }

    private Simulator simulator(EventStore store, int mostCustomers) {
        return new Simulator(
                store,
                KeptDenials.in(database.dataSource(Role.TALLY_APP), asked::add),
                Lookups.in(new AllTitles()),
                mostCustomers);
    }

    /** A catalogue in which every title exists. */
    private final class AllTitles extends Catalog {

        @Override
        public Optional<Title> titleAsOf(TitleId id, Instant at) {
            return Optional.of(named(id.value()));
        }

        @Override
        public Map<TitleId, Instant> availabilityEndsAsOf(Set<TitleId> ids, Instant at) {
            return Map.of();
        }

        @Override
        public PolicySet policiesAsOf(Instant at) {
            return policies;
        }
    }

    private static Title named(String id) {
        return new Title(new TitleId(id), id, new StudioId("studio"), null, null);
    }

    private static LicenseId acquire(String customer, String device, Instant at) {
        var license = new LicenseId(Ids.next());
        var command =
                new AcquireLicense(
                        new CustomerId(customer),
                        new Wish(
                                LicenseType.DOWNLOAD,
                                GLOW,
                                new DeviceId(device),
                                null,
                                ShippedPolicies.PREMIUM),
                        new NewIds(license, license, new DownloadId(Ids.next())),
                        at);
        var policy =
                ShippedPolicies.withPremium()
                        .inForce(named("glow"), ShippedPolicies.PREMIUM, null, at);
        append(customer, at, account -> Licensing.decide(account, named("glow"), policy, command));
        return license;
    }

    private static void release(String customer, LicenseId license, Instant at) {
        append(
                customer,
                at,
                account ->
                        Licensing.decide(
                                account,
                                account.licenses().find(license).orElseThrow(),
                                new ReleaseLicense(new CustomerId(customer), license, null, at)));
    }

    private interface Deciding {
        Decision decide(Account account);
    }

    private static void append(String customer, Instant at, Deciding command) {
        var history = stores.store().read(customer, AccountModel.FOLD);
        var allowed = (Allowed) command.decide(history.state());
        stores.store()
                .append(
                        history,
                        CommandId.generated(Ids.next()),
                        null,
                        history.timeOf(at),
                        allowed.events().stream().map(Record.class::cast).toList());
    }

    private static void deny(String customer, String device, String rules, Instant at)
            throws SQLException {
        run(
                """
                insert into tally.denial
                    (hour, first_at, last_at, denials, policy_version, customer_id, kind, device_id,
                     title_id, rules, studio_id, plan_id, denial_id, findings)
                values
                    (date_trunc('hour', '%4$s'::timestamptz), '%4$s', '%4$s', 3, 1, '%1$s', 'ACQUIRE',
                     '%2$s', 'glow', '%3$s', 'studio', 'premium', '%5$s',
                     (select jsonb_agg(jsonb_build_object('rule', r, 'remedies', '[]'::jsonb))
                      from unnest('%3$s'::text[]) as r))
                """
                        .formatted(customer, device, rules, at, Ids.next()));
    }

    /** The owner's connections, which break where a test wants them to. */
    private DataSource owner() {
        var source = database.dataSource(Role.TALLY_OWNER);
        return (DataSource)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {DataSource.class},
                        (proxy, method, arguments) -> breakable(source.getConnection()));
    }

    private Connection breakable(Connection connection) {
        return (Connection)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (proxy, method, arguments) -> {
                            var isStep = method.getName().equals("prepareStatement");
                            if (isStep && statementsLeft > 0 && --statementsLeft == 0) {
                                connection.close();
                                throw new SQLException("the connection broke");
                            }
                            try {
                                return method.invoke(connection, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private static void run(String sql) throws SQLException {
        run(Role.TALLY_OWNER, sql);
    }

    private static void run(Role role, String sql) throws SQLException {
        try (var connection = database.connect(role);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
