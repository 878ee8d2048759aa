package dev.tally.licensing.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.ShippedPolicies;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.events.LicenseType;
import dev.tally.local.Database;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Many commands of one customer come at once: each is decided from the one before, many are stored
 * together, and nobody can tell the difference from the answers or the history.
 */
class HotCustomerTest {

    private static final int CALLERS = 16;
    private static final int COMMANDS = 64;

    private static Database database;

    private final CustomerId customer = new CustomerId("customer-" + Ids.next());

    @BeforeAll
    static void start() throws IOException {
        database = Database.forTests().migrated();
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    /** One node: its commands, and its queue of each customer's. */
    private static final class Node implements AutoCloseable {

        private final LocalNode commands;
        private final CustomerTurns turns = new CustomerTurns();

        @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
        Node(int warmKilobytes) {
            commands = new LocalNode(database, new Settings(50, warmKilobytes));
            turns.clock = Clock.systemUTC();
            turns.metrics = new TurnMetrics();
        }

        LicenseOutcome acquire(CustomerId customer, String title, String key) {
            var hash = CommandHash.of("acquire").with("title", title);
            var asked = Asked.under(key, null, new Caller("edge", "test"), hash);
            return turns.take(
                    customer.value(),
                    (turn, now) ->
                            turn.last(
                                    () ->
                                            commands.acquire.handle(
                                                    command(customer, title, now), asked)));
        }

        private static AcquireLicense command(CustomerId customer, String title, Instant now) {
            var wish =
                    new Wish(
                            LicenseType.DOWNLOAD,
                            new TitleId(title),
                            new DeviceId("phone"),
                            null,
                            ShippedPolicies.PREMIUM);
            var ids =
                    new NewIds(
                            new LicenseId(Ids.next()),
                            new LicenseId(Ids.next()),
                            new DownloadId(Ids.next()));
            return new AcquireLicense(customer, wish, ids, now);
        }

        List<Described> history(CustomerId customer) {
            return commands.stores
                    .store()
                    .history(
                            new HistoryQuery(
                                    customer.value(), Tier.ALL, null, null, null, null, 0, 1_000));
        }

        @Override
        public void close() {
            commands.close();
        }
    }

    /** The same command by each of some callers. */
    private static <T> List<Callable<T>> each(int callers, IntFunction<T> command) {
        return IntStream.range(0, callers)
                .mapToObj(caller -> (Callable<T>) () -> command.apply(caller))
                .toList();
    }

    private static void assertWhole(List<Described> history) {
        assertThat(history)
                .extracting(Described::seq)
                .isEqualTo(IntStream.rangeClosed(1, history.size()).boxed().toList());
        assertThat(history).extracting(Described::at).isSorted();
        var times = history.stream().map(Described::at).distinct().count();
        assertThat(commands(history)).as("each command has a time of its own").hasSize((int) times);
    }

    private static Set<String> commands(List<Described> history) {
        return history.stream().map(Described::commandId).collect(Collectors.toSet());
    }

    private static boolean isNew(LicenseOutcome outcome) {
        return outcome.decision() instanceof Allowed;
    }

    @ParameterizedTest(name = "{0} KB of accounts in memory")
    @ValueSource(ints = {0, 24_576})
    void each_command_has_its_own_answer_and_its_own_place_in_the_history(int warmKilobytes)
            throws Exception {
        try (var node = new Node(warmKilobytes)) {
            var transactions = node.commands.stores.transactions();
            var acquired = atOnce(each(COMMANDS, n -> node.acquire(customer, "t" + n, "key-" + n)));

            assertThat(acquired).allMatch(HotCustomerTest::isNew);
            assertThat(acquired).extracting(o -> o.license().id()).doesNotHaveDuplicates();
            assertThat(acquired)
                    .extracting(o -> o.license().title().value())
                    .isEqualTo(IntStream.range(0, COMMANDS).mapToObj(n -> "t" + n).toList());
            assertWhole(node.history(customer));
            assertThat(node.commands.stores.lostRaces()).isZero();
            assertThat(node.commands.stores.transactions() - transactions)
                    .as("many are stored together")
                    .isLessThan(COMMANDS);

            var again = atOnce(each(COMMANDS, n -> node.acquire(customer, "t" + n, "key-" + n)));
            assertThat(again)
                    .extracting(o -> o.license().id())
                    .isEqualTo(acquired.stream().map(o -> o.license().id()).toList());
        }
    }

    @ParameterizedTest(name = "{0} KB of accounts in memory")
    @ValueSource(ints = {0, 24_576})
    void a_command_that_is_sent_again_meanwhile_is_one_command(int warmKilobytes) throws Exception {
        try (var node = new Node(warmKilobytes)) {
            var acquired =
                    atOnce(
                            each(
                                    COMMANDS,
                                    n -> node.acquire(customer, "t" + n / 4, "key-" + n / 4)));

            assertThat(acquired)
                    .extracting(o -> o.license().id())
                    .containsOnly(
                            IntStream.range(0, COMMANDS / 4)
                                    .mapToObj(n -> acquired.get(4 * n).license().id())
                                    .toArray(LicenseId[]::new));
            assertWhole(node.history(customer));
        }
    }

    /** The first command is not stored yet when the others are decided. */
    @ParameterizedTest(name = "{0} KB of accounts in memory")
    @ValueSource(ints = {0, 24_576})
    void of_many_that_want_the_same_one_gets_it_and_the_others_are_told(int warmKilobytes)
            throws Exception {
        try (var node = new Node(warmKilobytes)) {
            var acquired = atOnce(each(CALLERS, n -> node.acquire(customer, "t", "key-" + n)));

            assertThat(acquired)
                    .extracting(o -> o.license().id())
                    .containsOnly(acquired.getFirst().license().id());
            assertThat(acquired).filteredOn(HotCustomerTest::isNew).hasSize(1);
            assertWhole(node.history(customer));
        }
    }

    @Test
    void two_nodes_store_all_commands_once() throws Exception {
        try (var one = new Node(24_576);
                var other = new Node(24_576)) {
            var acquired =
                    atOnce(
                            each(
                                    COMMANDS,
                                    n ->
                                            untilStored(
                                                    n % 2 == 0 ? one : other,
                                                    "t" + n,
                                                    "key-" + n)));

            assertThat(acquired).extracting(o -> o.license().id()).doesNotHaveDuplicates();
            var history = one.history(customer);
            assertWhole(history);
            assertThat(commands(history)).hasSize(COMMANDS);
        }
    }

    /** Sends a command again, with its key, for as long as others win every race. */
    private LicenseOutcome untilStored(Node node, String title, String key) {
        while (true) {
            try {
                return node.acquire(customer, title, key);
            } catch (Busy e) {
                assertThat(e.reason()).isEqualTo(Busy.Reason.LOST_EVERY_RACE);
            }
        }
    }

    private static <T> List<T> atOnce(List<Callable<T>> work) throws Exception {
        var results = new ArrayList<T>();
        try (var threads = Executors.newFixedThreadPool(CALLERS)) {
            for (var done : threads.invokeAll(work)) results.add(done.get());
        }
        return results;
    }
}
