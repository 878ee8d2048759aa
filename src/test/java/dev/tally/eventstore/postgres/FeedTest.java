package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventFeed;
import dev.tally.eventstore.FeedCluster;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedCut;
import dev.tally.eventstore.FeedEvent;
import dev.tally.eventstore.FeedPlace;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Notes.ReadOnce;
import dev.tally.eventstore.Notes.Written;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Ids;

import jakarta.persistence.EntityManager;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** The feed of all customers: whole, once, and each customer in order, whoever writes meanwhile. */
class FeedTest {

    private static final int WRITERS = 6;
    private static final int COMMANDS = 60;
    private static final int CUSTOMERS = 5;

    private static Database database;
    private static Stores stores;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    /** A database has one feed, which the tests share: each begins where the one before ended. */
    private FeedCursor start;

    private final String anna = "anna-" + Ids.next();
    private final String bert = "bert-" + Ids.next();

    @BeforeAll
    static void connect() throws IOException {
        database = Database.forTests().migrated().hurried();
        stores = new Stores(database, Notes.FIRST, Settings.cold(50));
    }

    @AfterAll
    static void stop() {
        stores.close();
        database.close();
    }

    @BeforeEach
    void begin() {
        start = feed().newest();
    }

    @Test
    void events_of_all_customers_come_once_and_those_of_a_customer_in_order() {
        append(anna, written("a"), new ReadOnce("a"));
        append(bert, written("b"));
        append(anna, written("c"));

        assertThat(read(start, 100))
                .extracting(event -> event.place().customerId() + event.event().seq())
                .containsExactly(anna + 1, anna + 2, bert + 1, anna + 3);
        assertThat(feed().read(start, 100).isCaughtUp()).isTrue();
    }

    @Test
    void a_page_goes_on_within_a_command_and_knows_who_sent_it() {
        append(anna, written("a"), written("b"), written("c"));

        var first = feed().read(start, 1);
        var second = feed().read(first.end(), 2);

        assertThat(second.events()).extracting(e -> e.event().seq()).containsExactly(2, 3);
        assertThat(second.events().getFirst().event().commandId())
                .isEqualTo(first.events().getFirst().event().commandId())
                .isNotNull();
    }

    @Test
    void any_page_size_gives_the_same_feed() {
        for (int i = 0; i < 20; i++) append(anna + i % 7, written("a" + i), written("b" + i));
        var whole = places(read(start, 100));

        for (int size : List.of(1, 2, 3, 7, 39, 40)) {
            var paged = new ArrayList<FeedPlace>();
            var page = feed().read(start, size);
            while (!page.events().isEmpty()) {
                paged.addAll(places(page.events()));
                page = feed().read(page.end(), size);
            }
            assertThat(paged).as(size + " a page").isEqualTo(whole);
        }
    }

    @Test
    void an_event_waits_for_older_transactions_and_is_not_skipped() throws SQLException {
        append(anna, written("a"));
        try (var open = database.connect(Role.TALLY_OWNER)) {
            open.setAutoCommit(false);
            execute(open, "select pg_current_xact_id()");
            append(bert, written("b"));
            var page = feed().read(start, 100);
            assertThat(customers(page.events())).containsExactly(anna);
            assertThat(page.isCaughtUp()).isTrue();

            open.commit();
            assertThat(customers(feed().read(page.end(), 100).events())).containsExactly(bert);
        }
    }

    @Test
    void the_lag_names_the_transaction_that_holds_the_feed_back() throws SQLException {
        assertThat(feed().lag().oldest()).isNull();
        try (var open = database.connect(Role.TALLY_OWNER)) {
            open.setClientInfo("ApplicationName", "a long job");
            open.setAutoCommit(false);
            execute(open, "select pg_current_xact_id()");
            append(anna, written("a"));

            var lag = feed().lag();

            assertThat(lag.positionsBehind()).isPositive();
            assertThat(lag.oldestBeganAt()).isNotNull();
            assertThat(lag.oldest()).matches("process \\d+ \\(a long job, role tally_owner\\)");
            open.rollback();
        }
    }

    /** Writers race for few customers, one transaction stays open, and readers come and go. */
    @Test
    void nothing_is_skipped_and_nothing_comes_twice_while_writers_race() throws Exception {
        var stored = new AtomicInteger();
        var writing = new AtomicInteger(WRITERS);
        var seen = new ArrayList<FeedPlace>();
        try (var threads = Executors.newFixedThreadPool(WRITERS + 2);
                var held = database.connect(Role.TALLY_OWNER)) {
            held.setAutoCommit(false);
            var writers = new ArrayList<Callable<Void>>();
            for (int i = 0; i < WRITERS; i++) writers.add(() -> write(stored, writing));
            var writes = new ArrayList<Future<Void>>();
            for (var writer : writers) writes.add(threads.submit(writer));
            var holding = threads.submit(() -> holdNowAndThen(held, writing));
            var cursor = start;
            var isLast = false;
            while (!isLast) {
                isLast = writing.get() == 0 && holding.isDone();
                var page = feed().read(cursor, ThreadLocalRandom.current().nextInt(1, 40));
                seen.addAll(places(page.events()));
                // A reader that starts again has nothing but its cursor.
                cursor = page.end();
                isLast = isLast && page.events().isEmpty() && page.isCaughtUp();
            }
            for (var write : writes) write.get();
            holding.get();
        }

        assertThat(seen).hasSize(stored.get()).doesNotHaveDuplicates();
        assertThat(new HashSet<>(seen)).hasSize(stored.get());
        var last = new HashMap<String, Integer>();
        for (var place : seen) {
            assertThat(place.seq()).isEqualTo(last.getOrDefault(place.customerId(), 0) + 1);
            last.put(place.customerId(), place.seq());
        }
        assertThat(places(readAll())).as("the order never changes").isEqualTo(seen);
    }

    private Void write(AtomicInteger stored, AtomicInteger writing) {
        try {
            for (int i = 0; i < COMMANDS; i++) {
                var customer = anna + ThreadLocalRandom.current().nextInt(CUSTOMERS);
                try {
                    append(customer, written("a"), written("b"));
                    stored.addAndGet(2);
                } catch (WrongVersion e) {
                    // Another writer was first; nothing was stored.
                }
            }
            return null;
        } finally {
            writing.decrementAndGet();
        }
    }

    private static Void holdNowAndThen(Connection held, AtomicInteger writing) throws SQLException {
        while (writing.get() > 0) {
            execute(held, "select pg_current_xact_id()");
            var until = writing.get();
            for (int i = 0; i < 20 && writing.get() == until; i++) execute(held, "select 1");
            held.commit();
        }
        return null;
    }

    @Test
    void what_an_erased_customer_did_is_not_told_and_others_are_not_disturbed() {
        append(anna, written("a"));
        append(bert, written("b"));
        var whole = feed().read(start, 1);

        stores.store().erase(anna, now, seq -> {});

        assertThat(customers(read(start, 100))).containsExactly(bert);
        assertThat(customers(feed().read(whole.end(), 100).events())).containsExactly(bert);
        append(anna, written("c"));
        assertThat(customers(read(start, 100))).containsExactly(bert, anna);
    }

    @Test
    void an_event_of_a_newer_version_is_shown_as_one_that_cannot_be_read() {
        try (var newer = new Stores(database, Notes.SECOND, Settings.cold(50))) {
            append(newer, anna, new Written("a", "text", "red"));
        }

        assertThat(read(start, 10).getFirst().event().payload()).isNull();
        assertThat(read(start, 10).getFirst().event().recorded()).isNull();
    }

    @Test
    void positions_without_events_are_passed_over_however_many() throws SQLException {
        append(anna, written("a"));
        var before = feed().newest();
        setOffset(before.cluster().offset() + 3_000_000_000L);
        for (int i = 0; i < 30; i++) append(bert, written("b" + i));

        var seen = new ArrayList<FeedEvent>();
        var cluster = feed().newest().cluster();
        var page = feed().read(new FeedCursor(cluster, start.place()), 20);
        var pages = 1;
        while (!page.isCaughtUp() && pages < 10) {
            seen.addAll(page.events());
            page = feed().read(page.end(), 20);
            pages++;
        }
        seen.addAll(page.events());

        assertThat(seen).hasSize(31);
        assertThat(pages).isLessThan(6);
    }

    @Test
    void a_cursor_of_another_cluster_or_timeline_is_refused() throws SQLException {
        append(anna, written("a"));
        var cursor = feed().read(start, 1).end();
        var its = cursor.cluster();

        assertCut(
                new FeedCluster(its.systemIdentifier() + 1, its.timeline(), its.offset()),
                cursor.place(),
                FeedCut.Why.OTHER_CLUSTER);
        assertCut(
                new FeedCluster(its.systemIdentifier(), its.timeline() + 1, its.offset()),
                cursor.place(),
                FeedCut.Why.OTHER_TIMELINE);
        assertCut(its, FeedPlace.behind(Long.MAX_VALUE), FeedCut.Why.AHEAD);

        setOffset(its.offset() + 1_000);
        assertCut(its, cursor.place(), FeedCut.Why.OTHER_CLUSTER);
        assertThat(feed().read(null, 10).events()).isNotEmpty();
    }

    @Test
    void a_copy_in_another_cluster_is_not_read_before_a_node_has_started_on_it()
            throws SQLException {
        append(anna, written("a"));
        asOwner("update tally.cluster set system_identifier = 1");

        assertThatThrownBy(() -> feed().read(start, 10))
                .isInstanceOfSatisfying(
                        FeedCut.class,
                        e -> assertThat(e.why()).isEqualTo(FeedCut.Why.NOT_COUNTED_YET));
        asOwner("select tally.register_cluster()");
        assertCut(start.cluster(), start.place(), FeedCut.Why.OTHER_CLUSTER);
        assertThat(feed().read(null, 10).events()).isNotEmpty();
    }

    /** Two months of the past are cut off, and a page of the present touches neither. */
    @Test
    void a_page_looks_at_few_rows_and_leaves_out_months_that_cannot_have_them()
            throws SQLException {
        asOwner("select tally.create_partitions(now() - interval '150 days', 8)");
        for (int i = 0; i < 50; i++) {
            append("bulk-" + i, now.minus(140, ChronoUnit.DAYS), many(300));
        }
        asOwner(
                """
                do $$ declare p tally.partition; begin
                    for p in select * from tally.partition where ends_at < now() - interval '91 days'
                        order by starts_at loop
                        perform tally.mark_month(p.starts_at);
                    end loop;
                end $$
                """);
        for (int i = 0; i < 50; i++) append("bulk-" + i, now, many(300));
        asOwner(
                """
                do $$ declare p tally.partition; begin
                    for p in select * from tally.partition where parent_table = 'event' loop
                        perform brin_summarize_new_values(('tally.' || p.name || '_by_time')::regclass);
                    end loop;
                end $$
                """,
                "analyze tally.event");
        var newest = feed().newest().place().position();
        var plan = stores.inTransaction(em -> plan(em, newest));
        var then = now.minus(140, ChronoUnit.DAYS).toString().substring(0, 7).replace('-', '_');
        assertThat(plan).doesNotContain("Seq Scan", "event_" + then);
        assertThat(plan).contains("Bitmap Index Scan on event_");
        var looked =
                Pattern.compile("Rows Removed by Index Recheck: (\\d+)")
                        .matcher(plan)
                        .results()
                        .mapToLong(found -> Long.parseLong(found.group(1)))
                        .sum();
        assertThat(looked).as(plan).isLessThan(5_000);
    }

    /** The plan of a page that ends with the newest events. */
    @SuppressWarnings("unchecked") // a native query of one text column
    private static String plan(EntityManager em, long newest) {
        var from = newest - 2;
        var bound = "e.event_time >= timestamptz '%s'".formatted(FeedRead.edge(em, from).since());
        List<String> lines =
                em.createNativeQuery(
                                "explain (analyze, costs off, timing off) "
                                        + FeedRead.text(bound, FeedPlace.behind(from)),
                                String.class)
                        .setParameter("after", from)
                        .setParameter("to", newest)
                        .setParameter("limit", 100)
                        .getResultList();
        return String.join("\n", lines);
    }

    private static Record[] many(int events) {
        var many = new Record[events];
        for (int i = 0; i < events; i++) many[i] = written("note-" + i);
        return many;
    }

    private static void assertCut(FeedCluster cluster, FeedPlace place, FeedCut.Why why) {
        assertThatThrownBy(() -> feed().read(new FeedCursor(cluster, place), 10))
                .isInstanceOfSatisfying(FeedCut.class, e -> assertThat(e.why()).isEqualTo(why));
    }

    private static void setOffset(long offset) throws SQLException {
        asOwner(
                "update tally.cluster set position_offset = " + offset,
                ("alter table only tally.event alter column position set default"
                                + " (%d + (pg_current_xact_id()::text)::bigint)")
                        .formatted(offset));
    }

    private static EventFeed feed() {
        return stores.feed();
    }

    private static List<FeedEvent> read(FeedCursor after, int limit) {
        return feed().read(after, limit).events();
    }

    private List<FeedEvent> readAll() {
        var all = new ArrayList<FeedEvent>();
        var page = feed().read(start, EventFeed.MAX_EVENTS_PER_READ);
        while (!page.events().isEmpty()) {
            all.addAll(page.events());
            page = feed().read(page.end(), EventFeed.MAX_EVENTS_PER_READ);
        }
        return all;
    }

    private static List<FeedPlace> places(List<FeedEvent> events) {
        return events.stream().map(FeedEvent::place).toList();
    }

    private static List<String> customers(List<FeedEvent> events) {
        return events.stream().map(event -> event.place().customerId()).toList();
    }

    private void append(String customer, Record... events) {
        append(stores, customer, now, events);
    }

    private void append(Stores node, String customer, Record event) {
        append(node, customer, now, event);
    }

    private void append(String customer, Instant clock, Record... events) {
        append(stores, customer, clock, events);
    }

    private static void append(Stores node, String customer, Instant clock, Record... events) {
        var history = node.store().read(customer, Notes.FIRST.fold());
        node.store()
                .append(
                        history,
                        CommandId.generated(Ids.next()),
                        null,
                        history.timeOf(clock),
                        List.of(events));
    }

    private static Written written(String id) {
        return new Written(id, "text of " + id, null);
    }

    private static void asOwner(String... statements) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            for (var sql : statements) execute(connection, sql);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
