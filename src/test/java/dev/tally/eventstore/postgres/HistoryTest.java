package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Notes.ReadOnce;
import dev.tally.eventstore.Notes.Written;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.local.Database;
import dev.tally.runtime.Ids;

import jakarta.persistence.EntityManager;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Reading a customer's history page by page, and the partitions that this touches. */
class HistoryTest {

    private static final int EVENTS_PER_GENERATION = 10;

    /** The number of executions after which the driver and the server keep a plan. */
    private static final int ENOUGH_FOR_A_KEPT_PLAN = 12;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final Instant longAgo = now.minus(400, ChronoUnit.DAYS);

    private static Database database;
    private static Stores stores;

    private final String customer = "customer-" + Ids.next();

    @BeforeAll
    static void partitionsOfMoreThanAYear() throws IOException, SQLException {
        database = Database.forTests().migrated().hurried();
        stores = new Stores(database, Notes.FIRST, Settings.cold(EVENTS_PER_GENERATION));
        AgedMonths.in(database);
    }

    @AfterAll
    static void stop() {
        stores.close();
        database.close();
    }

    @Test
    void events_come_in_the_order_of_their_numbers() {
        append(now, written("a"), new ReadOnce("a"));
        append(now.plusSeconds(1), written("b"));

        assertThat(history(asked(Tier.ALL)))
                .extracting(Described::seq, Described::aggregateType, Described::aggregateId)
                .containsExactly(
                        tuple(1, "Note", "a"), tuple(2, "Reader", "a"), tuple(3, "Note", "b"));
    }

    @Test
    void an_event_is_described_by_its_name_and_its_fields() {
        append(now, written("a"));

        var described = history(asked(Tier.ALL)).getFirst();

        assertThat(described.name()).isEqualTo("Written/1");
        assertThat(described.payload()).containsOnlyKeys("text").containsEntry("text", "text of a");
    }

    @Test
    void it_begins_with_from_and_ends_before_to() {
        append(now, written("one"));
        append(now.plusSeconds(1), written("two"));
        append(now.plusSeconds(2), written("three"));

        var between =
                new HistoryQuery(
                        customer,
                        Tier.ALL,
                        now.plusSeconds(1),
                        now.plusSeconds(2),
                        null,
                        null,
                        0,
                        10);

        assertThat(history(between)).extracting(Described::aggregateId).containsExactly("two");
    }

    @Test
    void one_aggregate_can_be_asked_for_by_type_and_id() {
        append(now, written("a"), new ReadOnce("a"), written("b"));

        assertThat(history(new HistoryQuery(customer, Tier.ALL, null, null, null, "a", 0, 10)))
                .hasSize(2);
        assertThat(history(new HistoryQuery(customer, Tier.ALL, null, null, "Note", "a", 0, 10)))
                .extracting(Described::name)
                .containsExactly("Written/1");
        assertThat(history(new HistoryQuery(customer, Tier.ALL, null, null, "Ghost", "a", 0, 10)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void pages_of_any_tier_leave_nothing_out_and_repeat_nothing(Tier tier) {
        for (var at : List.of(longAgo, longAgo.plusSeconds(1), now, now.plusSeconds(1))) {
            append(at, written("note-" + at), new ReadOnce("note-" + at));
        }
        var expected = history(asked(tier));
        assertThat(expected).hasSize(tier == Tier.ALL ? 8 : 4);

        var paged = new ArrayList<Described>();
        var page = history(new HistoryQuery(customer, tier, null, null, null, null, 0, 3));
        while (!page.isEmpty()) {
            paged.addAll(page);
            var after = page.getLast().seq();
            page = history(new HistoryQuery(customer, tier, null, null, null, null, after, 3));
        }

        assertThat(paged).isEqualTo(expected);
    }

    /** Two nodes with different clocks append between the pages. */
    @Test
    void a_walk_loses_no_event_that_is_appended_meanwhile() {
        append(now, written("a"));
        append(now, written("b"));
        var page = history(new HistoryQuery(customer, Tier.ALL, null, null, null, null, 0, 1));
        try (var other = new Stores(database, Notes.FIRST, Settings.cold(10))) {
            append(other, now.minusSeconds(600), written("c"));
            append(other, now.plusSeconds(600), written("d"));
            append(now.minusSeconds(60), written("e"));
        }

        var rest =
                history(
                        new HistoryQuery(
                                customer,
                                Tier.ALL,
                                null,
                                null,
                                null,
                                null,
                                page.getLast().seq(),
                                100));

        assertThat(rest).extracting(Described::aggregateId).containsExactly("b", "c", "d", "e");
    }

    @Test
    void a_read_locks_no_archived_partition_however_often_it_runs() {
        append(now, written("a"));

        assertThat(tiersLockedBy(em -> new HotTier(() -> now).read(em).rows(em, customer)))
                .contains("HOT event", "HOT snapshot")
                .doesNotContain("ARCHIVE event", "ARCHIVE snapshot");
    }

    @Test
    void the_hot_tier_locks_no_archived_partition_however_often_it_is_asked() {
        append(longAgo, written("a"));
        append(now, written("b"));

        assertThat(tiersLockedBy(em -> LookBack.page(em, asked(Tier.HOT), null)))
                .contains("HOT event")
                .doesNotContain("ARCHIVE event");
    }

    @Test
    void the_archive_locks_no_hot_partition() {
        append(longAgo, written("a"));

        assertThat(tiersLockedBy(em -> LookBack.page(em, asked(Tier.ARCHIVE), null)))
                .containsOnly("ARCHIVE event");
    }

    @Test
    void a_customer_whose_time_is_ahead_of_the_clock_is_read_all_the_same() {
        append(now, written("a"));
        append(now.plus(40, ChronoUnit.DAYS), written("b"));

        assertThat(read().state().byId()).containsOnlyKeys("a", "b");
        assertThat(read().source()).isEqualTo(Source.CURRENT);
    }

    @Test
    void a_customer_silent_since_before_the_hot_partitions_is_read_all_the_same() {
        append(longAgo, written("a"));

        assertThat(read().state().byId()).containsOnlyKeys("a");
        append(now, written("b"));
        assertThat(read().state().byId()).containsOnlyKeys("a", "b");
        assertThat(read().head().snapshotAt()).as("it came back").isAfterOrEqualTo(now);
    }

    @Test
    void a_snapshot_from_before_the_hot_partitions_is_found() {
        for (int i = 0; i < EVENTS_PER_GENERATION; i++) {
            append(longAgo.plusSeconds(i), new ReadOnce("a"));
        }

        var history = read();

        assertThat(history.source()).isEqualTo(Source.CURRENT);
        assertThat(history.head().generation()).isEqualTo(2);
        assertThat(history.state().reads()).containsEntry("a", EVENTS_PER_GENERATION);
    }

    @Test
    void a_customer_is_rolled_forward_whole_or_not_at_all() {
        append(longAgo, written("a"), new ReadOnce("a"));

        assertThat(stores.store().rollForward(customer, longAgo, now)).isFalse();
        assertThat(stores.store().rollForward(customer, now, now)).isTrue();

        assertThat(read().head().snapshotAt()).isAfterOrEqualTo(now);
        assertThat(read().state().texts()).containsExactly("text of a");
        assertThat(stores.store().rollForward(customer, now, now)).isFalse();
    }

    /** The tiers of the partitions that a transaction locks, also while planning. */
    private static List<String> tiersLockedBy(Consumer<EntityManager> work) {
        return stores.inTransaction(
                em -> {
                    for (int i = 0; i < ENOUGH_FOR_A_KEPT_PLAN; i++) work.accept(em);
                    return tiersLocked(em);
                });
    }

    @SuppressWarnings("unchecked") // a native query of one text column
    private static List<String> tiersLocked(EntityManager em) {
        return em.createNativeQuery(
                        """
                        select distinct p.tier || ' ' || p.parent_table
                        from pg_locks l
                        join tally.partition p on l.relation = ('tally.' || p.name)::regclass
                        where l.pid = pg_backend_pid()
                        """,
                        String.class)
                .getResultList();
    }

    private HistoryQuery asked(Tier tier) {
        return new HistoryQuery(customer, tier, null, null, null, null, 0, 100);
    }

    private static List<Described> history(HistoryQuery query) {
        return stores.store().history(query);
    }

    private History<Notes> read() {
        return stores.store().read(customer, Notes.FIRST.fold());
    }

    private void append(Instant clock, Record... events) {
        append(stores, clock, events);
    }

    private void append(Stores node, Instant clock, Record... events) {
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
}
