package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Notes.ReadOnce;
import dev.tally.eventstore.Notes.Struck;
import dev.tally.eventstore.Notes.Written;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Pooler;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The promises of every event store; the numbers are those in the documentation of package {@code
 * eventstore}. Two nodes share a database. Each promise holds whether the nodes keep all accounts
 * in memory, a few or none, and whether they have sessions of their own or share connections with
 * others transaction by transaction.
 */
@ParameterizedClass(name = "{0} KB of accounts in memory, {1}")
@CsvSource({"0,DIRECT", "8,DIRECT", "24576,DIRECT", "0,POOLED", "24576,POOLED"})
class EventStoreContractTest {

    private static final int EVENTS_PER_GENERATION = 10;

    /** The nodes by their purpose; each is started by the first test that needs it. */
    private static final Map<String, Stores> NODES = new HashMap<>();

    /** Connections to the server that all nodes behind the pooler share. */
    private static final int POOLED_CONNECTIONS = 3;

    @TempDir static Path folder;

    private static Database database;
    private static Pooler pooler;

    enum Route {
        DIRECT,
        POOLED
    }

    @Parameter(0)
    int warmKilobytes;

    @Parameter(1)
    Route route;

    private Stores node;
    private Stores other;

    private final Fold<Notes> fold = Notes.FIRST.fold();
    private final String customer = "customer-" + Ids.next();
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    @BeforeAll
    static void start() throws IOException {
        database = Database.forTests().migrated().hurried();
    }

    @AfterAll
    static void stop() {
        NODES.values().forEach(Stores::close);
        NODES.clear();
        if (pooler != null) pooler.close();
        pooler = null;
        database.close();
    }

    @BeforeEach
    void connect() throws IOException {
        if (route == Route.POOLED && pooler == null) {
            assumeTrue(Pooler.program().isPresent(), "pgbouncer is not installed");
            pooler = Pooler.before(database, folder, POOLED_CONNECTIONS);
        }
        var kind = warmKilobytes + " " + route;
        node = NODES.computeIfAbsent("one " + kind, key -> node(warmKilobytes));
        other = NODES.computeIfAbsent("other " + kind, key -> node(warmKilobytes));
    }

    private Stores node(int warmKilobytes) {
        var settings = new Settings(EVENTS_PER_GENERATION, warmKilobytes);
        return route == Route.DIRECT
                ? new Stores(database, Notes.FIRST, settings)
                : new Stores(pooler.dataSource(Role.TALLY_APP, 0), Notes.FIRST, settings);
    }

    @Test
    void what_was_appended_is_read_back() {
        append(node, written("a"), written("b"), new ReadOnce("a"));

        for (var reader : List.of(node, other)) {
            var history = read(reader);
            assertThat(history.state().texts()).containsExactlyInAnyOrder("text of a", "text of b");
            assertThat(history.state().reads()).containsEntry("a", 1);
            assertThat(history.head().lastSeq()).isEqualTo(3);
        }
    }

    @Test
    void a_customer_without_events_has_empty_state() {
        var history = read(node);

        assertThat(history.state()).isEqualTo(Notes.NONE);
        assertThat(history.head().isNew()).isTrue();
    }

    @Test
    void customers_do_not_see_each_other() {
        append(node, written("a"));

        assertThat(node.store().read(customer + "-2", fold).state()).isEqualTo(Notes.NONE);
    }

    /** Through several generations, with keys chosen by the caller and without. */
    @Test
    void memory_tells_what_the_database_would() {
        for (int n = 0; n < 4 * EVENTS_PER_GENERATION; n++) {
            append(node, written("note-" + n % 7), new ReadOnce("note-" + n % 7));

            var told = read(node);
            var stored = readFresh();
            assertThat(told.head()).isEqualTo(stored.head());
            assertThat(told.state()).isEqualTo(stored.state());
            assertThat(told.events()).isEqualTo(stored.events());
            assertThat(told.commands()).isEqualTo(stored.commands());
            assertThat(told.snapshotBytes()).isEqualTo(stored.snapshotBytes());
            if (warmKilobytes > 1_000) assertThat(told.source()).isEqualTo(Source.WARM);
        }
        assertThat(read(node).head().generation()).isGreaterThan(3);
    }

    @Test
    void memory_knows_when_the_database_last_agreed() {
        assumeTrue(warmKilobytes > 1_000);
        append(node, written("a"));
        var appended = Instant.now();
        assertThat(confirmedAt()).isBetween(appended.minusSeconds(5), appended);

        await().until(() -> Instant.now().isAfter(appended.plusMillis(2)));
        node.store().read(customer, fold);
        assertThat(confirmedAt()).isBeforeOrEqualTo(appended);
        node.store().readConfirmed(customer, fold);
        assertThat(confirmedAt()).isAfter(appended);

        append(other, written("b"));
        assertThat(node.store().remembered(customer, fold).orElseThrow().history().state())
                .isNotEqualTo(read(other).state());
    }

    private Instant confirmedAt() {
        return node.store().remembered(customer, fold).orElseThrow().confirmedAt();
    }

    private History<Notes> readFresh() {
        return read(NODES.computeIfAbsent("cold " + route, key -> node(0)));
    }

    /** Promise 2. */
    @Test
    void all_events_of_a_command_have_one_time_and_each_command_a_later_one() {
        append(node, written("a"), written("b"));
        appendAt(node, now.minusSeconds(60), written("c"));

        var events = other.store().history(all());

        assertThat(events).extracting(Described::seq).containsExactly(1, 2, 3);
        assertThat(events.get(0).at()).isEqualTo(events.get(1).at());
        assertThat(events.get(2).at()).isEqualTo(events.get(1).at().plus(1, ChronoUnit.MICROS));
    }

    @Test
    void the_first_revision_is_the_time_of_the_first_append_and_grows_by_one() {
        appendAt(node, now, written("a"));
        assertThat(read(node).revision()).isEqualTo(ChronoUnit.MICROS.between(Instant.EPOCH, now));

        appendAt(node, now, written("b"));
        assertThat(read(other).revision())
                .isEqualTo(ChronoUnit.MICROS.between(Instant.EPOCH, now) + 1);
    }

    /** An act of one node between another node's read and its append. */
    enum Move {
        APPEND {
            @Override
            void make(EventStoreContractTest test, Stores node) {
                test.append(node, written("of-" + name()));
            }
        },
        APPEND_TO_ANOTHER_AGGREGATE {
            @Override
            void make(EventStoreContractTest test, Stores node) {
                test.append(node, new ReadOnce("a"));
            }
        },
        ROLL_FORWARD {
            @Override
            void make(EventStoreContractTest test, Stores node) {
                var rolled =
                        node.store().rollForward(test.customer, test.now.plusSeconds(9), test.now);
                assertThat(rolled).isTrue();
            }
        },
        ERASE {
            @Override
            void make(EventStoreContractTest test, Stores node) {
                assertThat(node.store().erase(test.customer, test.now, first -> {})).isTrue();
            }
        };

        abstract void make(EventStoreContractTest test, Stores node);
    }

    /** Promise 3, also if the two appends write different aggregates. */
    @ParameterizedTest
    @MethodSource("moves")
    void an_append_that_was_decided_before_another_move_is_refused(Move move) {
        append(node, written("a"));
        var decidedFrom = read(node);

        move.make(this, other);

        assertThatThrownBy(() -> append(node, decidedFrom, new Struck("a", now)))
                .isInstanceOf(WrongVersion.class);
        assertThat(other.store().history(all()))
                .extracting(Described::name)
                .doesNotContain("Struck/1");
        append(node, written("afterwards"));
        assertThat(read(other).state().texts()).contains("text of afterwards");
    }

    static Stream<Move> moves() {
        return Stream.of(Move.values());
    }

    /** Promise 3. */
    @Test
    void of_two_first_appends_one_is_refused() {
        var decidedFrom = read(node);
        append(other, written("early"));

        assertThatThrownBy(() -> append(node, decidedFrom, written("late")))
                .isInstanceOf(WrongVersion.class);

        assertThat(read(node).state().texts()).containsExactly("text of early");
    }

    /** Promises 1 and 3. */
    @Test
    void racing_writers_leave_a_sequence_without_gap_or_twin() throws Exception {
        var writers = 8;
        var each = 25;
        try (var threads = Executors.newFixedThreadPool(writers)) {
            var work =
                    IntStream.range(0, writers)
                            .mapToObj(writer -> (Callable<Void>) () -> race(writer, each))
                            .toList();
            for (var done : threads.invokeAll(work)) {
                done.get();
            }
        }

        assertThat(all(node))
                .extracting(Described::seq)
                .isEqualTo(IntStream.rangeClosed(1, writers * each).boxed().toList());
        assertThat(read(other).state().byId()).hasSize(writers * each);
    }

    /** Promise 4. */
    @Test
    void a_long_history_is_read_by_the_events_of_one_generation_only() {
        for (int i = 0; i < 20; i++) {
            append(node, many(i * 500, 500));
        }

        var history = cold();

        assertThat(history.state().byId()).hasSize(10_000);
        assertThat(history.events()).hasSizeLessThanOrEqualTo(EVENTS_PER_GENERATION * 40);
        assertThat(history.source()).isEqualTo(Source.CURRENT);
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                arguments("update tally.snapshot set checksum = checksum + 1", Source.REPLAY),
                arguments("update tally.snapshot set snapshot_data = '\\x01ff'", Source.REPLAY),
                arguments("update tally.snapshot set snapshot_data = ''", Source.REPLAY),
                arguments(
                        "update tally.snapshot set schema_version = schema_version + 7",
                        Source.OWN_SNAPSHOT),
                arguments("delete from tally.snapshot", Source.REPLAY));
    }

    /** Promise 5. */
    @ParameterizedTest
    @MethodSource("damages")
    void without_a_usable_snapshot_the_state_is_the_same(String damage, Source source)
            throws SQLException {
        for (int i = 0; i < 40 * EVENTS_PER_GENERATION; i += EVENTS_PER_GENERATION) {
            append(node, many(i, EVENTS_PER_GENERATION));
        }
        var before = cold();
        assertThat(before.head().hasSnapshot()).isTrue();

        asDba(damage + " where customer_id = ?");

        var history = cold();
        assertThat(history.state()).isEqualTo(before.state());
        assertThat(history.source()).isEqualTo(source);
        append(other, history, written("after"));
        assertThat(cold().source()).as("a snapshot was taken").isEqualTo(Source.CURRENT);
        assertThat(cold().state().byId()).hasSize(40 * EVENTS_PER_GENERATION + 1);
    }

    @Test
    void a_generation_closes_when_its_events_weigh_as_much_as_their_snapshot() {
        for (int i = 0; i < EVENTS_PER_GENERATION - 1; i++) append(node, new ReadOnce("a"));
        assertThat(cold().head().generation()).isEqualTo(1);

        append(node, new ReadOnce("a"));

        var closed = cold();
        assertThat(closed.head().generation()).isEqualTo(2);
        assertThat(closed.head().snapshotSeq()).isEqualTo(EVENTS_PER_GENERATION);
        assertThat(closed.events()).isEmpty();
        assertThat(closed.state().reads()).containsEntry("a", EVENTS_PER_GENERATION);
    }

    @Test
    void a_heavy_snapshot_waits_for_heavy_events() {
        append(node, many(0, 400));
        var closedWith = cold().head();
        for (int i = 0; i < 2 * EVENTS_PER_GENERATION; i++) append(node, new ReadOnce("a"));

        assertThat(cold().head().generation()).isEqualTo(closedWith.generation());
    }

    @Test
    void the_past_is_read_as_it_was_after_every_command() {
        var times = new ArrayList<Instant>();
        for (int i = 0; i < 25; i++) {
            times.add(append(node, written("a" + i), written("b" + i)).head().lastAt());
        }

        for (int i = 0; i < 25; i++) {
            var then = other.store().readAsOf(customer, times.get(i), fold);
            assertThat(then.state().byId()).hasSize(2 * (i + 1));
        }
        var before = other.store().readAsOf(customer, times.getFirst().minusMillis(1), fold);
        assertThat(before.state()).isEqualTo(Notes.NONE);
    }

    @Test
    void a_command_is_found_again_with_the_events_and_the_state_that_it_left() {
        var first = new CommandId("key-1", 4711);
        node.store().append(read(node), first, null, time(), List.of(written("a"), written("b")));
        for (int i = 0; i < 3 * EVENTS_PER_GENERATION; i++) append(node, new ReadOnce("a"));

        for (var reader : List.of(node, other)) {
            var past = read(reader).command("key-1").orElseThrow();
            assertThat(past.id()).isEqualTo(first);
            var then = reader.store().readAsOf(customer, past.at(), fold);
            assertThat(then.eventsAt(past.at()))
                    .extracting(Recorded::event)
                    .containsExactly(written("a"), written("b"));
            assertThat(then.state().reads()).isEmpty();
        }
    }

    @Test
    void a_command_that_closes_a_generation_is_found_with_its_events() {
        for (int i = 0; i < EVENTS_PER_GENERATION - 1; i++) append(node, new ReadOnce("a"));
        node.store()
                .append(
                        read(node),
                        new CommandId("key-1", 1),
                        null,
                        time(),
                        List.of(new ReadOnce("a"), new ReadOnce("b")));
        assertThat(cold().head().generation()).isEqualTo(2);

        var past = cold().command("key-1").orElseThrow();
        var then = other.store().readAsOf(customer, past.at(), fold);

        assertThat(then.eventsAt(past.at()))
                .extracting(Recorded::event)
                .containsExactly(new ReadOnce("a"), new ReadOnce("b"));
    }

    @Test
    void a_snapshot_forgets_commands_of_the_day_before_and_keys_that_nobody_gave() {
        appendAs(new CommandId("old", 1), now.minus(Duration.ofHours(25)), new ReadOnce("a"));
        appendAs(CommandId.generated("generated"), now, new ReadOnce("a"));
        appendAs(new CommandId("young", 1), now, new ReadOnce("a"));
        for (int i = 0; i < 2 * EVENTS_PER_GENERATION; i++) append(node, new ReadOnce("a"));

        var history = cold();

        assertThat(history.command("old")).isEmpty();
        assertThat(history.command("generated")).isEmpty();
        assertThat(history.command("young")).isPresent();
    }

    @Test
    void one_aggregate_is_read_by_type_and_id_through_all_generations() {
        append(node, written("a"));
        for (int i = 0; i < 2 * EVENTS_PER_GENERATION; i++) append(node, new ReadOnce("a"));
        append(node, new Struck("a", now));

        var events = node.store().readAggregate(customer, Notes.note("a"));

        assertThat(events)
                .extracting(Recorded::event)
                .containsExactly(written("a"), new Struck("a", now));
        assertThat(node.store().readAggregate(customer, Notes.readers("a")))
                .hasSize(2 * EVENTS_PER_GENERATION);
    }

    @Test
    void some_aggregates_of_one_type_are_read_in_order() {
        append(node, written("a"));
        append(node, written("b"));
        append(node, written("c"));
        append(node, new ReadOnce("a"));
        append(node, new Struck("a", now));

        var type = Notes.note("a").type();

        assertThat(node.store().readAggregates(customer, type, List.of("c", "a", "none")))
                .extracting(Recorded::event)
                .containsExactly(written("a"), written("c"), new Struck("a", now));
    }

    @Test
    void the_newest_events_of_a_type_are_read_back_through_all_generations() {
        append(node, written("a"));
        for (int i = 0; i < 2 * EVENTS_PER_GENERATION; i++) append(node, new ReadOnce("a"));
        append(node, new Struck("a", now));
        var type = Notes.note("a").type();
        var last = node.store().readAggregate(customer, Notes.note("a")).getLast();

        assertThat(newest(null, Integer.MAX_VALUE, 10))
                .containsExactly(new Struck("a", now), written("a"));
        assertThat(newest(null, Integer.MAX_VALUE, 1)).containsExactly(new Struck("a", now));
        assertThat(newest(null, last.seq(), 10)).containsExactly(written("a"));
        assertThat(newest(last.at(), Integer.MAX_VALUE, 10)).containsExactly(new Struck("a", now));
        assertThat(node.store().readNewest("nobody", type, null, null, Integer.MAX_VALUE, 10))
                .isEmpty();
    }

    private List<Record> newest(Instant from, int before, int limit) {
        var type = Notes.note("a").type();
        return node.store().readNewest(customer, type, from, null, before, limit).stream()
                .map(Recorded::event)
                .toList();
    }

    @Test
    void who_called_stands_with_every_event_of_the_command() {
        node.store()
                .append(
                        read(node),
                        new CommandId("key", 1),
                        new Caller("edge", "gateway-7"),
                        time(),
                        List.of(written("a"), written("b")));

        var secondPage = new HistoryQuery(customer, Tier.ALL, null, null, null, null, 1, 10);

        assertThat(node.store().history(all()))
                .extracting(Described::caller)
                .containsExactly("edge:gateway-7", "edge:gateway-7");
        assertThat(node.store().history(secondPage))
                .extracting(Described::commandId)
                .containsExactly("key");
    }

    @Test
    void an_erased_customer_begins_anew_and_numbers_go_on() {
        append(node, written("a"), written("b"));
        var before = read(node).revision();
        var warmElsewhere = read(other);

        var announced = new AtomicInteger();
        assertThat(node.store().erase(customer, now, announced::set)).isTrue();
        assertThat(announced).hasValue(3);

        assertThat(read(node).state()).isEqualTo(Notes.NONE);
        assertThat(node.store().history(all())).isEmpty();
        assertThatThrownBy(() -> append(other, warmElsewhere, written("late")))
                .isInstanceOf(WrongVersion.class);
        append(other, written("c"));
        assertThat(read(node).state().texts()).containsExactly("text of c");
        assertThat(node.store().history(all())).extracting(Described::seq).containsExactly(3);
        assertThat(read(other).revision()).isGreaterThan(before);
    }

    /**
     * After the erasure the customer gets as many commands as before. The node must not take its
     * account in memory for the current one.
     */
    @Test
    void a_node_that_kept_an_erased_customer_in_memory_notices() throws SQLException {
        for (int i = 0; i < 5; i++) append(node, written("before-" + i));
        assertThat(read(other).state().byId()).hasSize(5);
        asDba("delete from tally.event where customer_id = ?");
        asDba("delete from tally.snapshot where customer_id = ?");
        asDba("delete from tally.customer where customer_id = ?");
        var fresh = node(0);
        for (int i = 0; i < 5; i++) {
            appendAt(fresh, now.plusSeconds(1), written("after-" + i));
        }
        fresh.close();

        assertThat(other.store().readConfirmed(customer, fold).state().texts())
                .allMatch(text -> text.startsWith("text of after"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update tally.event set event_data = '' where customer_id = 'c'",
                "delete from tally.event where customer_id = 'c'",
                "truncate tally.event",
                "update tally.snapshot set snapshot_data = '' where customer_id = 'c'",
                "delete from tally.snapshot where customer_id = 'c'",
                "delete from tally.customer where customer_id = 'c'",
                "update tally.event_mapper set field_names = '{}'",
                "delete from tally.event_mapper",
                "update tally.aggregate_type set name = 'x'",
                "update tally.policy set settings = '{}'",
                "drop table tally.event"
            })
    void the_application_cannot_change_what_is_stored(String statement) throws SQLException {
        try (var connection = database.connect(Role.TALLY_APP);
                var jdbc = connection.createStatement()) {
            assertThatThrownBy(() -> jdbc.execute(statement))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("42501");
        }
    }

    @Test
    void an_append_without_events_is_refused() {
        assertThatThrownBy(() -> append(node)).isInstanceOf(IllegalArgumentException.class);
    }

    private Void race(int writer, int appends) {
        for (int i = 0; i < appends; ) {
            try {
                append(writer % 2 == 0 ? node : other, written("w" + writer + "-" + i));
                i++;
            } catch (WrongVersion e) {
                // The append is tried again, as a handler does.
            }
        }
        return null;
    }

    private History<Notes> read(Stores reader) {
        return reader.store().readConfirmed(customer, fold);
    }

    /** The history as a newly started node reads it. */
    private History<Notes> cold() {
        return NODES.computeIfAbsent("cold " + route, key -> node(0)).store().read(customer, fold);
    }

    private Instant time() {
        return read(node).timeOf(now);
    }

    private History<Notes> append(Stores writer, Record... events) {
        return appendAt(writer, now, events);
    }

    private History<Notes> appendAt(Stores writer, Instant clock, Record... events) {
        return append(writer, writer.store().read(customer, fold), clock, events);
    }

    private History<Notes> append(Stores writer, History<Notes> from, Record... events) {
        return append(writer, from, now, events);
    }

    private History<Notes> append(
            Stores writer, History<Notes> from, Instant clock, Record... events) {
        return writer.store()
                .append(
                        from,
                        CommandId.generated(Ids.next()),
                        null,
                        from.timeOf(clock),
                        List.of(events));
    }

    private void appendAs(CommandId command, Instant clock, Record event) {
        EventStore store = node.store();
        var from = store.read(customer, fold);
        store.append(from, command, null, from.timeOf(clock), List.of(event));
    }

    private void asDba(String statement) throws SQLException {
        try (var dba = database.connect(Role.POSTGRES);
                var damage = dba.prepareStatement(statement)) {
            damage.setString(1, customer);
            assertThat(damage.executeUpdate()).isNotNegative();
        }
    }

    private HistoryQuery all() {
        return new HistoryQuery(customer, Tier.ALL, null, null, null, null, 0, 1_000);
    }

    private List<Described> all(Stores reader) {
        return reader.store().history(all());
    }

    private static Record[] many(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> written("n" + i))
                .toArray(Record[]::new);
    }

    private static Written written(String id) {
        return new Written(id, "text of " + id, null);
    }
}
