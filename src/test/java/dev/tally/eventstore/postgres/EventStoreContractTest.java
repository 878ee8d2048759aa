package dev.tally.eventstore.postgres;

import static dev.tally.licensing.write.LicensingFolds.DEVICES;
import static dev.tally.licensing.write.LicensingFolds.DOWNLOADS;
import static dev.tally.licensing.write.LicensingFolds.LICENSES;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.WrongVersion;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Licenses;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseType;
import dev.tally.local.Database.Role;
import dev.tally.local.SharedDatabase;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

/** What every event store promises; the numbers are those of the port's package documentation. */
class EventStoreContractTest {

    private static final int EVENTS_PER_GENERATION = 10;
    private static final List<Fold<?>> ALL = List.of(LICENSES, DOWNLOADS, DEVICES);

    private static Stores stores;

    private final String customer = "customer-" + Ids.next();
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    @BeforeAll
    static void connect() {
        stores = new Stores(SharedDatabase.get(), EVENTS_PER_GENERATION);
    }

    @AfterAll
    static void disconnect() {
        stores.close();
    }

    @Test
    void what_was_appended_is_read_back() {
        append(now, issued("l1"), counted("d1", "l1"), activated("phone"));

        var history = read();
        assertThat(history.state(LICENSES).byId()).containsOnlyKeys(new LicenseId("l1"));
        assertThat(history.state(DOWNLOADS).byTitle()).containsOnlyKeys(new TitleId("glow"));
        assertThat(history.state(DEVICES).byId()).containsOnlyKeys(new DeviceId("phone"));
        assertThat(events(history)).extracting(Recorded::event).hasSize(3);
        assertThat(history.revision()).isEqualTo(3);
    }

    @Test
    void a_customer_without_events_has_empty_state() {
        var history = read();

        assertThat(history.state(LICENSES)).isEqualTo(Licenses.NONE);
        assertThat(history.revision()).isZero();
        assertThat(history.rowsRead()).isZero();
    }

    @Test
    void customers_do_not_see_each_other() {
        append(now, issued("l1"));

        var other = inTransaction(store -> store.read(customer + "-2", ALL));

        assertThat(other.state(LICENSES)).isEqualTo(Licenses.NONE);
    }

    @Test
    void events_of_one_append_follow_each_other_by_a_microsecond_across_streams() {
        append(now, issued("l1"), counted("d1", "l1"), activated("phone"));

        assertThat(events(read()))
                .extracting(Recorded::at)
                .containsExactly(
                        now, now.plus(1, ChronoUnit.MICROS), now.plus(2, ChronoUnit.MICROS));
    }

    @Test
    void time_grows_in_the_history_even_where_a_clock_goes_back() {
        append(now, issued("l1"));
        append(now.minusSeconds(60), activated("phone"));

        var times = events(read()).stream().map(Recorded::at).toList();
        assertThat(times).isSorted().doesNotHaveDuplicates();
        assertThat(times.getFirst()).isEqualTo(now);
    }

    /** Promise 3. */
    @Test
    void of_two_first_appends_one_is_refused() {
        assertThatThrownBy(() -> appendAfterAnother(issued("l1"), issued("l2")))
                .isInstanceOf(WrongVersion.class);

        assertThat(read().state(LICENSES).byId()).containsOnlyKeys(new LicenseId("l2"));
    }

    /** Promise 3. */
    @Test
    void of_two_later_appends_one_is_refused() {
        append(now, issued("l0"));

        assertThatThrownBy(() -> appendAfterAnother(issued("l1"), issued("l2")))
                .isInstanceOf(WrongVersion.class);

        assertThat(read().state(LICENSES).byId())
                .containsOnlyKeys(new LicenseId("l0"), new LicenseId("l2"));
    }

    /** Promise 2: the device's head was free, the license's was not. */
    @Test
    void a_refused_append_leaves_nothing_in_any_stream() {
        assertThatThrownBy(
                        () ->
                                inTransaction(
                                        store -> {
                                            var history = store.read(customer, ALL);
                                            append(now, issued("l2"));
                                            return store.append(
                                                    history,
                                                    command(),
                                                    now,
                                                    List.of(activated("phone"), issued("l1")));
                                        }))
                .isInstanceOf(WrongVersion.class);

        assertThat(read().state(DEVICES).byId()).isEmpty();
    }

    /** Promises 1 and 3. */
    @Test
    void racing_writers_leave_a_sequence_without_gap_or_twin() throws Exception {
        var writers = 8;
        var each = 25;
        var lost = new AtomicInteger();
        try (var threads = Executors.newFixedThreadPool(writers)) {
            var work =
                    IntStream.range(0, writers)
                            .mapToObj(writer -> (Callable<Void>) () -> race(writer, each, lost))
                            .toList();
            for (var done : threads.invokeAll(work)) {
                done.get();
            }
        }

        assertThat(licenseSequence())
                .isEqualTo(IntStream.rangeClosed(1, writers * each).boxed().toList());
        assertThat(read().state(LICENSES).byId()).hasSize(writers * each);
    }

    /** Promise 4. */
    @Test
    void a_long_history_is_read_by_the_events_of_one_generation_only() {
        for (int i = 0; i < 20; i++) {
            append(now.plusMillis(i), many(i * 500, 500));
        }
        append(now.plusSeconds(1), issued("last"));

        var history = read();
        assertThat(history.state(LICENSES).byId()).hasSize(10_001);
        assertThat(history.rowsRead()).isLessThanOrEqualTo(2 + EVENTS_PER_GENERATION);
    }

    /** Promise 5. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "update tally.snapshot set fingerprint = fingerprint + 1 where customer_id = ?",
                "update tally.snapshot set snapshot_data = '\\x01ff' where customer_id = ?",
                "update tally.snapshot set snapshot_data = '' where customer_id = ?",
                "delete from tally.snapshot where customer_id = ?"
            })
    void without_a_usable_snapshot_the_state_is_the_same(String damage) throws SQLException {
        for (int i = 0; i < 4 * EVENTS_PER_GENERATION; i++) {
            append(now.plusMillis(i), issued("l" + i));
        }
        var before = read();
        assertThat(before.rowsRead()).isLessThan(EVENTS_PER_GENERATION + 3);

        try (var dba = SharedDatabase.get().connect(Role.POSTGRES);
                var statement = dba.prepareStatement(damage)) {
            statement.setString(1, customer);
            assertThat(statement.executeUpdate()).isPositive();
        }

        assertThat(read().state(LICENSES)).isEqualTo(before.state(LICENSES));
        assertThat(read().command("none")).isEmpty();

        append(now.plusSeconds(1), issued("after"));
        assertThat(read().rowsRead()).as("a new snapshot was taken").isLessThan(3);
        assertThat(read().state(LICENSES).byId()).hasSize(4 * EVENTS_PER_GENERATION + 1);
    }

    @Test
    void a_generation_is_opened_by_a_snapshot_after_the_configured_number_of_events() {
        for (int i = 0; i < EVENTS_PER_GENERATION - 1; i++) {
            append(now.plusMillis(i), issued("l" + i));
        }
        assertThat(read().stream(LICENSES).head().generation()).isEqualTo(1);

        append(now.plusSeconds(1), issued("tenth"));

        assertThat(read().stream(LICENSES).head().generation()).isEqualTo(2);
        assertThat(read().stream(LICENSES).events()).isEmpty();
        append(now.plusSeconds(2), issued("eleventh"));
        assertThat(read().stream(LICENSES).events())
                .extracting(Recorded::id)
                .containsExactly("License:2:11");
    }

    @Test
    void the_last_generation_of_a_stream_cannot_be_closed() throws SQLException {
        append(now, issued("first"));
        inGeneration(EventStore.MAX_GENERATIONS - 1);
        append(now, many(0, EVENTS_PER_GENERATION));
        assertThat(read().stream(LICENSES).head().generation())
                .isEqualTo(EventStore.MAX_GENERATIONS);

        assertThatThrownBy(() -> append(now, many(100, EVENTS_PER_GENERATION)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("32767");

        append(now, many(100, EVENTS_PER_GENERATION - 1));
    }

    /** As if many more events had been before. */
    private void inGeneration(int generation) throws SQLException {
        for (var table : List.of("stream", "event")) {
            try (var dba = SharedDatabase.get().connect(Role.POSTGRES);
                    var update =
                            dba.prepareStatement(
                                    "update tally."
                                            + table
                                            + " set generation = ? where customer_id = ?")) {
                update.setInt(1, generation);
                update.setString(2, customer);
                assertThat(update.executeUpdate()).isPositive();
            }
        }
    }

    @Test
    void the_past_is_read_as_it_was_at_every_event() {
        for (int i = 0; i < 25; i++) {
            append(now.plusMillis(i), issued("l" + i), counted("d" + i, "l" + i));
        }

        for (int i = 0; i < 25; i++) {
            var at = now.plusMillis(i).plus(1, ChronoUnit.MICROS);
            var then = inTransaction(store -> store.readAsOf(customer, at, ALL));
            assertThat(then.state(LICENSES).byId()).hasSize(i + 1);
            assertThat(then.state(DOWNLOADS).byTitle().get(new TitleId("glow")).downloads())
                    .hasSize(i + 1);
        }
        var before = inTransaction(s -> s.readAsOf(customer, now.minusSeconds(1), ALL));
        assertThat(before.state(LICENSES)).isEqualTo(Licenses.NONE);
    }

    @Test
    void a_command_is_found_again_with_the_state_that_it_left() {
        var first = CommandId.of("key-1", "acquire", "glow");
        inTransaction(
                store ->
                        store.append(
                                store.read(customer, ALL),
                                first,
                                now,
                                List.of(issued("l1"), activated("phone"))));
        for (int i = 0; i < 3 * EVENTS_PER_GENERATION; i++) {
            append(now.plusSeconds(i + 1L), issued("more-" + i));
        }

        var past = read().command("key-1").orElseThrow();

        assertThat(past.id()).isEqualTo(first);
        var then = inTransaction(store -> store.readAsOf(customer, past.at(), ALL));
        assertThat(then.eventsOf("key-1"))
                .extracting(Recorded::event)
                .containsExactly(issued("l1"), activated("phone"));
        assertThat(then.state(LICENSES).byId()).hasSize(1);
    }

    @Test
    void a_command_that_closes_a_generation_is_found_with_its_events() {
        for (int i = 0; i < EVENTS_PER_GENERATION - 1; i++) {
            append(now, issued("l" + i));
        }
        inTransaction(
                store ->
                        store.append(
                                store.read(customer, ALL),
                                CommandId.of("key-1"),
                                now,
                                List.of(issued("closes"), activated("phone"))));
        assertThat(read().stream(LICENSES).head().generation()).isEqualTo(2);

        var past = read().command("key-1").orElseThrow();
        var then = inTransaction(store -> store.readAsOf(customer, past.at(), ALL));

        assertThat(then.eventsOf("key-1"))
                .extracting(Recorded::event)
                .containsExactly(issued("closes"), activated("phone"));
    }

    @Test
    void an_append_follows_the_snapshot_also_where_it_read_no_other_stream() {
        for (int i = 0; i < EVENTS_PER_GENERATION; i++) {
            append(now, issued("l" + i), activated("phone-" + i));
        }

        var after =
                inTransaction(
                        store ->
                                store.append(
                                        store.read(customer, List.of(LICENSES)),
                                        command(),
                                        now,
                                        List.of(issued("next"))));

        var at = after.stream(LICENSES).events().getLast().at();
        var then = inTransaction(store -> store.readAsOf(customer, at, ALL));
        assertThat(then.state(LICENSES).byId()).hasSize(EVENTS_PER_GENERATION + 1);
    }

    @Test
    void a_snapshot_forgets_commands_of_the_day_before() {
        inTransaction(
                store ->
                        store.append(
                                store.read(customer, ALL),
                                CommandId.of("old"),
                                now.minus(Duration.ofHours(25)),
                                List.of(issued("l1"))));
        for (int i = 0; i < EVENTS_PER_GENERATION; i++) {
            append(now.plusMillis(i), issued("more-" + i));
        }

        assertThat(read().command("old")).isEmpty();
    }

    @Test
    void one_aggregate_is_read_through_all_generations() {
        append(now, issued("l1"));
        for (int i = 0; i < 2 * EVENTS_PER_GENERATION; i++) {
            append(now.plusMillis(i + 1L), issued("more-" + i));
        }
        append(now.plusSeconds(1), new LicenseRenewed(new LicenseId("l1"), now, null, 2));

        var events = inTransaction(s -> s.readAggregate(customer, LICENSES, "l1"));

        assertThat(events)
                .extracting(e -> e.event().getClass().getSimpleName())
                .containsExactly("LicenseIssued", "LicenseRenewed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update tally.event set event_data = '' where customer_id = 'c'",
                "delete from tally.event where customer_id = 'c'",
                "truncate tally.event",
                "update tally.snapshot set snapshot_data = '' where customer_id = 'c'",
                "delete from tally.snapshot where customer_id = 'c'",
                "delete from tally.stream where customer_id = 'c'",
                "update tally.event_mapper set field_names = '{}'",
                "delete from tally.event_mapper",
                "update tally.policy set settings = '{}'",
                "drop table tally.event"
            })
    void the_application_cannot_change_what_is_stored(String statement) throws SQLException {
        try (var connection = SharedDatabase.get().connect(Role.TALLY_APP);
                var jdbc = connection.createStatement()) {
            assertThatThrownBy(() -> jdbc.execute(statement))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("42501");
        }
    }

    @Test
    void an_append_must_be_to_streams_that_were_read() {
        assertThatThrownBy(
                        () ->
                                inTransaction(
                                        store ->
                                                store.append(
                                                        store.read(customer, List.of(LICENSES)),
                                                        command(),
                                                        now,
                                                        List.of(activated("phone")))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_append_without_events_is_refused() {
        assertThatThrownBy(
                        () ->
                                inTransaction(
                                        store ->
                                                store.append(
                                                        store.read(customer, ALL),
                                                        command(),
                                                        now,
                                                        List.of())))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private Void race(int writer, int appends, AtomicInteger lost) {
        for (int i = 0; i < appends; ) {
            try {
                append(now, issued("l-" + writer + "-" + i));
                i++;
            } catch (WrongVersion e) {
                lost.incrementAndGet();
            }
        }
        return null;
    }

    /** Both read; the second to append finds that the first was there. */
    private void appendAfterAnother(Record late, Record early) {
        inTransaction(
                store -> {
                    var history = store.read(customer, ALL);
                    append(now, early);
                    return store.append(history, command(), now, List.of(late));
                });
    }

    private List<Integer> licenseSequence() {
        return stores.inTransactionWith(
                entityManager ->
                        LookBack.wholeStream(entityManager, customer, StreamType.LICENSE)
                                .events(StreamType.LICENSE)
                                .stream()
                                .map(Rows.Event::seq)
                                .toList());
    }

    private static List<Recorded> events(History history) {
        var events = new ArrayList<Recorded>();
        history.streams().forEach(stream -> events.addAll(stream.events()));
        events.sort(Comparator.comparing(Recorded::at));
        return events;
    }

    private History read() {
        return inTransaction(store -> store.read(customer, ALL));
    }

    private void append(Instant at, Record... events) {
        inTransaction(
                store -> store.append(store.read(customer, ALL), command(), at, List.of(events)));
    }

    private static <T> T inTransaction(Function<EventStore, T> work) {
        return stores.inTransaction(work);
    }

    private static CommandId command() {
        return CommandId.of(Ids.next());
    }

    private Record[] many(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> issued("l" + i))
                .toArray(Record[]::new);
    }

    private LicenseIssued issued(String id) {
        return new LicenseIssued(
                new LicenseId(id),
                new TitleId("glow"),
                new StudioId("studio"),
                new DeviceId("phone"),
                LicenseType.DOWNLOAD,
                new PlanId("basic"),
                now,
                now.plus(Duration.ofDays(30)),
                Duration.ofDays(2),
                null,
                1);
    }

    private DownloadCounted counted(String id, String license) {
        return new DownloadCounted(
                new DownloadId(id),
                new TitleId("glow"),
                new LicenseId(license),
                now,
                CountCause.ACQUIRED,
                null,
                1);
    }

    private DeviceActivated activated(String id) {
        return new DeviceActivated(new DeviceId(id), "Anna's phone", now);
    }
}
