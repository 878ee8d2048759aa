package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Tier;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/** Aged months move to the archive, and reads and writes are not affected. */
class ArchiverTest extends ArchiveFixture {

    @Test
    void an_aged_month_lies_in_the_archive_with_its_indexes_and_every_row() throws Exception {
        notesIn(oldest);
        var before = rows();

        archiver().run();

        assertThat(rows()).isEqualTo(before).isNotEmpty();
        for (var partition : texts("select name from tally.partition where state = 'ARCHIVED'")) {
            assertThat(tablespaces(partition)).containsOnly("archive");
        }
        assertThat(texts("select name from tally.partition where state = 'ARCHIVED' order by 1"))
                .contains(partition("event", oldest), partition("snapshot", oldest))
                .doesNotContain(partition("event", month(-2)));
        assertThat(texts("select tier from tally.partition where state <> 'HOT'"))
                .containsOnly("ARCHIVE");
        assertThat(texts("select last_success_at is not null from tally.partition_job"))
                .containsExactly("t");
        assertThat(
                        texts(
                                "select row_count from tally.partition where name = '%s'"
                                        .formatted(partition("event", oldest))))
                .containsExactly(Integer.toString(CUSTOMERS));
        assertThat(
                        texts(
                                "select relname from pg_class where relname like '%copy%' and"
                                        + " relnamespace = 'tally'::regnamespace"))
                .isEmpty();
    }

    @Test
    void an_archived_month_has_fresh_statistics_and_takes_no_more_rows() throws Exception {
        notesIn(oldest);

        archiver().run();

        assertThat(
                        texts(
                                "select reltuples::bigint from pg_class where oid = 'tally.%s'::regclass"
                                        .formatted(partition("event", oldest))))
                .containsExactly(Integer.toString(CUSTOMERS));
        assertThatThrownBy(() -> write("late", "note", oldest.plusSeconds(1)))
                .rootCause()
                .hasMessageContaining("archived_takes_no_more_rows");
    }

    @Test
    void what_is_live_is_rolled_forward_and_what_is_not_costs_nothing() throws Exception {
        note("active", oldest);
        readOnce("silent", "note", oldest);

        archiver().run();

        assertThat(head("active").snapshotAt()).isAfter(month(-1));
        assertThat(head("active").generation()).isEqualTo(2);
        assertThat(texts("select customer_id from tally.snapshot")).containsExactly("active");
        assertThat(read("active").state().texts()).containsExactly("text");
    }

    @Test
    void a_customer_silent_for_months_comes_back_and_is_in_the_hot_tier_again() throws Exception {
        readOnce("silent", "note", oldest);
        archiver().run();
        assertThat(read("silent").state().reads()).containsEntry("note", 1);

        readOnce("silent", "note", now);

        assertThat(read("silent").state().reads()).containsEntry("note", 2);
        assertThat(read("silent").events()).isEmpty();
        assertThat(head("silent").generation()).isEqualTo(2);
        assertThat(head("silent").snapshotAt()).isAfter(month(0));
    }

    @Test
    void whoever_comes_next_goes_on_after_each_step() throws Exception {
        notesIn(oldest);
        notesIn(old);
        var before = rows();
        var steps = 0;

        // Each node dies after one step, and another one takes over.
        while (aNodeThatDiesAfterOneStep()) steps++;

        assertThat(steps).isGreaterThan(4 * 4);
        assertThat(rows()).isEqualTo(before);
        assertThat(texts("select name from tally.partition where state = 'ARCHIVED'"))
                .contains(partition("event", oldest), partition("event", old));
    }

    @Test
    void a_copy_that_differs_is_made_again() throws Exception {
        notesIn(oldest);
        while (!state("event", oldest).equals("VERIFYING")) aNodeThatDiesAfterOneStep();
        asOwner(
                "update tally.%s_copy set aggregate_id = 'another' where customer_id = 'customer-13'"
                        .formatted(partition("event", oldest)));

        archiver().run();
        assertThat(state("event", oldest)).isEqualTo("MARKED");
        assertThat(lastError("event", oldest)).contains("customer-15 differs");
        var before = rows();

        archiver().run();
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
        assertThat(lastError("event", oldest)).isNull();
        assertThat(rows()).isEqualTo(before);
    }

    @Test
    void a_reader_that_began_before_the_move_sees_every_row_once() throws Exception {
        notesIn(oldest);
        notesIn(old);
        try (var reader = database.connect(Role.POSTGRES);
                var statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("select 1");

            archiver().run();

            assertThat(state("event", oldest)).isEqualTo("COPIED");
            assertThat(lastError("event", oldest)).contains("Waits for 1 transactions");
            try (var seen = statement.executeQuery("select count(*) from tally.event")) {
                seen.next();
                assertThat(seen.getInt(1)).isEqualTo(2 * CUSTOMERS);
            }
        }

        archiver().run();

        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
    }

    @Test
    void pages_of_history_go_on_where_they_ended_also_when_it_was_moved_between_them()
            throws Exception {
        for (int day = 1; day <= 5; day++) {
            write("anna", "note-" + day, oldest.plus(day, ChronoUnit.DAYS));
            readOnce("anna", "note-" + day, oldest.plus(day, ChronoUnit.DAYS));
        }
        write("anna", "last", now);
        var all = page(Tier.ALL, 0, 100);
        assertThat(all).hasSize(11).isSortedAccordingTo(Comparator.comparingInt(Described::seq));

        var paged = new ArrayList<Described>();
        for (var page = page(Tier.ALL, 0, 2); !page.isEmpty(); ) {
            paged.addAll(page);
            aNodeThatDiesAfterOneStep();
            page = page(Tier.ALL, page.getLast().seq(), 2);
        }

        assertSame(paged, all);
        archiver().run();
        assertSame(page(Tier.ALL, 0, 100), all);
        assertThat(page(Tier.HOT, 0, 100)).containsExactly(all.getLast());
        assertSame(page(Tier.ARCHIVE, 0, 100), all.subList(0, 10));
        assertThat(page(Tier.ARCHIVE, 0, 100)).allMatch(event -> event.tier() == Tier.ARCHIVE);
    }

    /** An event is the same in whatever tier it lies. */
    private static void assertSame(List<Described> events, List<Described> expected) {
        assertThat(events)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("tier")
                .isEqualTo(expected);
    }

    @Test
    void a_pause_stops_the_job_after_the_batch_under_way() throws Exception {
        notesIn(oldest);
        while (!state("event", oldest).equals("COPYING")) aNodeThatDiesAfterOneStep();
        asOwner("update tally.partition_job set paused = true");

        archiver().run();
        assertThat(state("event", oldest)).isEqualTo("COPYING");

        asOwner("update tally.partition_job set paused = false");
        archiver().run();
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
    }

    @Test
    void of_two_jobs_one_does_nothing() throws Exception {
        notesIn(oldest);
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            assertThat(new PartitionTable(connection).lead()).isTrue();
            archiver().run();
            assertThat(state("event", oldest)).isEqualTo("HOT");
        }

        archiver().run();

        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
    }

    @Test
    void a_job_that_is_through_leaves_the_lead_to_others_although_its_connection_stays()
            throws Exception {
        var pool = new HikariConfig();
        pool.setDataSource(database.dataSource(Role.TALLY_OWNER));
        pool.setMaximumPoolSize(1);
        try (var kept = new HikariDataSource(pool)) {
            new Archiver(kept, store(), clock(), settings("archive")).run();

            try (var another = database.connect(Role.TALLY_OWNER)) {
                assertThat(new PartitionTable(another).lead()).isTrue();
            }
        }
    }

    @Test
    void whoever_reads_while_everything_is_moved_sees_every_row_once_and_appends_go_on()
            throws Exception {
        notesIn(oldest);
        notesIn(old);
        var moving = new AtomicBoolean(true);
        var seen = new ConcurrentSkipListSet<String>();
        try (var threads = Executors.newFixedThreadPool(2)) {
            var reader =
                    threads.submit(
                            () -> {
                                while (moving.get())
                                    seen.addAll(
                                            texts(
                                                    "select count(*) from tally.event where event_time < '%s'"
                                                            .formatted(month(-3))));
                                return null;
                            });
            var writer =
                    threads.submit(
                            () -> {
                                for (int n = 0; moving.get(); n++) {
                                    write("writer", "note-" + n, now.plusMillis(n));
                                }
                                return null;
                            });
            archiver().run();
            moving.set(false);
            reader.get();
            writer.get();
        }

        assertThat(read("writer").state().byId()).isNotEmpty().hasSize(head("writer").lastSeq());
        assertThat(seen).containsExactly(Integer.toString(2 * CUSTOMERS));
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
    }

    @Test
    void a_partition_that_cannot_be_made_keeps_nothing_else_and_says_why() throws Exception {
        notesIn(oldest);
        asOwner(
                "create table tally.stray partition of tally.event default",
                """
                insert into tally.event (event_time, seq, generation, event_mapper, aggregate_type,
                    customer_id, aggregate_id, event_data)
                values (timestamptz '%s', 1, 1, 1, 1, 'stray', 'a', '')
                """
                        .formatted(month(2)));
        try {
            archiver().run();

            assertThat(texts("select last_error from tally.partition_job").getFirst())
                    .startsWith(partition("event", month(2)))
                    .contains("default partition \"stray\" would be violated");
            assertThat(texts("select last_success_at from tally.partition_job")).containsNull();
            assertThat(texts("select name from tally.partition"))
                    .contains(partition("snapshot", month(2)), partition("event", month(3)));
            assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
            assertThat(texts("select name || ': ' || difference from tally.partition_difference"))
                    .containsExactly(
                            "stray: It is a default partition: rows hide in it, and partitions"
                                    + " cannot be made.");
        } finally {
            asOwner("drop table tally.stray");
        }

        archiver().run();

        assertThat(texts("select last_error from tally.partition_job")).containsOnlyNulls();
        assertThat(texts("select name from tally.partition"))
                .contains(partition("event", month(2)));
    }

    @Test
    void a_connection_that_is_lost_is_recorded_and_the_other_steps_go_on() throws Exception {
        notesIn(oldest);
        note("another", old);
        while (!state("event", oldest).equals("MARKED")) aNodeThatDiesAfterOneStep();
        var killing = new AtomicBoolean(true);
        var store =
                (EventStore)
                        Proxy.newProxyInstance(
                                EventStore.class.getClassLoader(),
                                new Class<?>[] {EventStore.class},
                                (proxy, method, arguments) -> {
                                    if (method.getName().equals("rollForward")
                                            && killing.getAndSet(false)) {
                                        texts(
                                                "select pg_terminate_backend(pid) from"
                                                        + " pg_stat_activity where usename ="
                                                        + " 'tally_owner'");
                                    }
                                    return method.invoke(store(), arguments);
                                });

        new Archiver(database.dataSource(Role.TALLY_OWNER), store, clock(), settings("archive"))
                .run();

        assertThat(killing).isFalse();
        assertThat(state("event", old)).isEqualTo("HOT");
        assertThat(lastError("event", old)).contains("terminating connection");
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");

        archiver().run();

        assertThat(state("event", old)).isEqualTo("ARCHIVED");
    }

    @Test
    void a_tablespace_that_is_missing_or_forbidden_is_named_and_keeps_nothing_else()
            throws Exception {
        notesIn(oldest);
        note("customer-1", month(-1));
        erase("customer-1");
        new Archiver(database.dataSource(Role.TALLY_OWNER), store(), clock(), settings("elsewhere"))
                .run();
        assertThat(lastError("event", oldest)).startsWith("22023: ").contains("elsewhere");

        asSuperuser("revoke create on tablespace archive from tally_owner");
        try {
            archiver().run();
        } finally {
            asSuperuser("grant create on tablespace archive to tally_owner");
        }

        assertThat(lastError("event", oldest)).startsWith("42501: ");
        assertThat(lastError("event", old)).startsWith("42501: ");
        assertThat(texts("select completed_at is not null from tally.erasure"))
                .containsExactly("t");
        archiver().run();
        assertThat(lastError("event", oldest)).isNull();
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
    }

    @Test
    void a_failure_that_cannot_be_recorded_keeps_nothing_else() throws Exception {
        notesIn(oldest);
        notesIn(old);
        while (!state("event", old).equals("MARKED")) aNodeThatDiesAfterOneStep();
        var partition = partition("event", oldest);
        try (var other = database.connect(Role.TALLY_OWNER)) {
            other.setAutoCommit(false);
            other.createStatement()
                    .execute(
                            "select from tally.partition where name = '%s' for update"
                                    .formatted(partition));
            // The portal of the query above would keep its snapshot.
            other.createStatement().execute("savepoint held");
            archiver().run();
        }

        assertThat(state("event", oldest)).isEqualTo("MARKED");
        assertThat(state("event", old)).isEqualTo("ARCHIVED");
    }

    @Test
    void what_was_changed_by_hand_is_shown() throws Exception {
        notesIn(oldest);
        archiver().run();
        assertThat(texts("select * from tally.partition_difference")).isEmpty();

        asOwner(
                "alter table tally.event detach partition tally.%s"
                        .formatted(partition("event", oldest)),
                "alter table tally.%s drop constraint archived_takes_no_more_rows"
                        .formatted(partition("snapshot", oldest)),
                "drop table tally." + partition("snapshot", old));
        asSuperuser(
                "alter table tally.%s set tablespace pg_default"
                        .formatted(partition("snapshot", oldest)));

        assertThat(
                        texts(
                                "select difference from tally.partition_tier where difference is"
                                        + " not null order by name"))
                .containsExactly(
                        "It is not attached to event.",
                        "It lies in tablespace of the database, not in archive. It takes rows"
                                + " although it is archived.",
                        "There is no such table. It had 0 rows.");
    }

    @Test
    void without_a_tablespace_only_the_tier_changes() throws Exception {
        notesIn(oldest);

        new Archiver(database.dataSource(Role.TALLY_OWNER), store(), clock(), settings(null)).run();

        assertThat(state("event", oldest)).isEqualTo("MARKED");
        assertThat(tablespaces(partition("event", oldest))).containsOnlyNulls();
        assertThatThrownBy(() -> write("late", "note", oldest.plusSeconds(1)))
                .rootCause()
                .hasMessageContaining("archived_takes_no_more_rows");
    }

    @Test
    void a_month_that_still_takes_appends_cannot_be_archived() {
        assertThatThrownBy(() -> mark(old)).hasMessageContaining("is still hot");
        assertThatThrownBy(
                        () -> {
                            for (int months = -MONTHS_BACK; months <= 0; months++) {
                                mark(month(months));
                            }
                        })
                .hasMessageContaining(" takes appends until");
    }

    private void mark(Instant month) throws SQLException {
        asOwner("select tally.mark_month('" + month + "')");
    }

    private static List<Described> page(Tier tier, int after, int limit) {
        return store().history(
                        new HistoryQuery("anna", tier, null, null, null, null, after, limit));
    }

    /** The tablespaces of a partition and its index; null is the database's own. */
    private static List<String> tablespaces(String partition) throws SQLException {
        return texts(
                """
                select t.spcname
                from pg_class c left join pg_tablespace t on t.oid = c.reltablespace
                where c.oid = 'tally.%1$s'::regclass
                   or c.oid in (select indexrelid from pg_index where indrelid = 'tally.%1$s'::regclass)
                """
                        .formatted(partition));
    }
}
