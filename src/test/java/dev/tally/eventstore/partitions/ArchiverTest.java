package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.tally.eventstore.Described;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.HistoryQuery.Place;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.Tier;
import dev.tally.licensing.write.LicensingFolds;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.Test;

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

/** Aged months go to the archive, and nobody who reads or writes notices. */
class ArchiverTest extends ArchiveFixture {

    @Test
    void an_aged_month_lies_in_the_archive_with_its_indexes_and_every_row() throws Exception {
        downloadsIn(oldest);
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
        downloadsIn(oldest);

        archiver().run();

        assertThat(
                        texts(
                                "select reltuples::bigint from pg_class where oid = 'tally.%s'::regclass"
                                        .formatted(partition("event", oldest))))
                .containsExactly(Integer.toString(CUSTOMERS));
        assertThatThrownBy(() -> activate("late", "phone", oldest.plusSeconds(1)))
                .rootCause()
                .hasMessageContaining("archived_takes_no_more_rows");
    }

    @Test
    void what_is_live_is_rolled_forward_and_what_is_not_costs_nothing() throws Exception {
        download("active", oldest);
        activate("silent", "phone", oldest);

        archiver().run();

        assertThat(head("active").openedAt()).isAfter(month(-1));
        assertThat(head("active").generation()).isEqualTo(2);
        assertThat(texts("select customer_id from tally.snapshot")).containsExactly("active");
        assertThat(read("active", DOWNLOADS).state(LicensingFolds.DOWNLOADS).isLive()).isTrue();
    }

    @Test
    void a_customer_silent_for_months_comes_back_and_is_in_the_hot_tier_again() throws Exception {
        activate("silent", "phone", oldest);
        archiver().run();
        assertThat(names("silent")).containsExactly("phone");

        activate("silent", "tablet", now);

        assertThat(names("silent")).containsExactlyInAnyOrder("phone", "tablet");
        var devices = read("silent", DEVICES).stream(LicensingFolds.DEVICES);
        assertThat(devices.head().generation()).isEqualTo(2);
        assertThat(devices.events()).isEmpty();
        assertThat(devices.head().openedAt()).isAfter(month(0));
    }

    @Test
    void whoever_comes_next_goes_on_after_each_step() throws Exception {
        downloadsIn(oldest);
        downloadsIn(old);
        var before = rows();
        var steps = 0;

        // A node that dies after each step, and another that takes over.
        while (aNodeThatDiesAfterOneStep()) steps++;

        assertThat(steps).isGreaterThan(4 * 4);
        assertThat(rows()).isEqualTo(before);
        assertThat(texts("select name from tally.partition where state = 'ARCHIVED'"))
                .contains(partition("event", oldest), partition("event", old));
    }

    @Test
    void a_copy_that_differs_is_made_again() throws Exception {
        downloadsIn(oldest);
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
        downloadsIn(oldest);
        downloadsIn(old);
        try (var reader = database.connect(Role.TALLY_APP);
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
            activate("anna", "device-" + day, oldest.plus(day, ChronoUnit.DAYS));
            download("anna", oldest.plus(day, ChronoUnit.DAYS));
        }
        activate("anna", "last", now);
        var all = page(Tier.ALL, null, 100);
        assertThat(all).hasSize(11).isSortedAccordingTo(Comparator.comparing(Recorded::at));

        var paged = new ArrayList<Recorded>();
        Place after = null;
        for (var page = page(Tier.ALL, after, 2); !page.isEmpty(); ) {
            paged.addAll(page);
            aNodeThatDiesAfterOneStep();
            after = Place.of(page.getLast());
            page = page(Tier.ALL, after, 2);
        }

        assertThat(paged).isEqualTo(all);
        archiver().run();
        assertThat(page(Tier.ALL, null, 100)).isEqualTo(all);
        assertThat(page(Tier.HOT, null, 100)).containsExactly(all.getLast());
        assertThat(page(Tier.ARCHIVE, null, 100)).isEqualTo(all.subList(0, 10));
    }

    @Test
    void a_pause_stops_the_job_after_the_batch_under_way() throws Exception {
        downloadsIn(oldest);
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
        downloadsIn(oldest);
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
            new Archiver(kept, store(), all(), clock(), settings("archive")).run();

            try (var another = database.connect(Role.TALLY_OWNER)) {
                assertThat(new PartitionTable(another).lead()).isTrue();
            }
        }
    }

    @Test
    void whoever_reads_while_everything_is_moved_sees_every_row_once_and_appends_go_on()
            throws Exception {
        downloadsIn(oldest);
        downloadsIn(old);
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
                                    activate("writer", "device-" + n, now.plusMillis(n));
                                }
                                return null;
                            });
            archiver().run();
            moving.set(false);
            reader.get();
            writer.get();
        }

        assertThat(names("writer")).isNotEmpty();
        assertThat(seen).containsExactly(Integer.toString(2 * CUSTOMERS));
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
        assertThat(names("writer"))
                .hasSize(read("writer", DEVICES).stream(LicensingFolds.DEVICES).head().seq());
    }

    @Test
    void without_a_tablespace_only_the_tier_changes() throws Exception {
        downloadsIn(oldest);

        new Archiver(database.dataSource(Role.TALLY_OWNER), store(), all(), clock(), settings(null))
                .run();

        assertThat(state("event", oldest)).isEqualTo("MARKED");
        assertThat(tablespaces(partition("event", oldest))).containsOnlyNulls();
        assertThatThrownBy(() -> activate("late", "phone", oldest.plusSeconds(1)))
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

    private static List<Recorded> page(Tier tier, Place after, int limit) {
        return stores.use(
                store ->
                        store
                                .history(
                                        new HistoryQuery(
                                                "anna", tier, null, null, null, after, limit))
                                .stream()
                                .map(Described::event)
                                .toList());
    }

    /** Of a partition and its index; null: the database's own. */
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
