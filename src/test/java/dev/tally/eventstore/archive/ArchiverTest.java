package dev.tally.eventstore.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.HistoryQuery.Place;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamHistory.Head;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceId;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.DownloadId;
import dev.tally.licensing.events.LicenseId;
import dev.tally.licensing.events.TitleId;
import dev.tally.licensing.write.LicensingFolds;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/** Aged months go to the archive, and nobody who reads or writes notices. */
class ArchiverTest {

    private static final List<Fold<?>> DEVICES = List.of(LicensingFolds.DEVICES);
    private static final List<Fold<?>> DOWNLOADS = List.of(LicensingFolds.DOWNLOADS);
    private static final int EVENTS_PER_GENERATION = 50;
    private static final int MONTHS_BACK = 6;
    private static final int BATCH_ROWS = 7;
    private static final int CUSTOMERS = 20;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    /** The oldest month, and one that is due as well. */
    private final Instant oldest = month(-MONTHS_BACK);

    private final Instant old = month(-5);

    private static Database database;
    private static Stores stores;

    @BeforeAll
    static void start() throws IOException {
        database = Database.forTests().migrated();
        stores = new Stores(database, EVENTS_PER_GENERATION);
    }

    @AfterAll
    static void stop() {
        stores.close();
        database.close();
    }

    @BeforeEach
    void fresh() throws SQLException {
        for (var table : texts("select name from tally.partition")) {
            asOwner("drop table tally." + table);
        }
        asOwner(
                "truncate tally.partition, tally.stream, tally.erasure",
                "update tally.partition_job set paused = false, last_success_at = null, checked_to"
                        + " = null",
                "select tally.create_partitions(timestamptz '"
                        + oldest
                        + "', %d)".formatted(MONTHS_BACK));
    }

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
    void a_snapshot_that_is_not_what_the_events_make_is_found_and_made_anew() throws Exception {
        for (int day = 1; day <= 5; day++) {
            download("anna", month(-1).plus(day, ChronoUnit.DAYS));
            download("bert", month(-1).plus(day, ChronoUnit.DAYS));
        }
        stores.use(store -> store.rollForward("anna", DOWNLOADS, now, now));
        stores.use(store -> store.rollForward("bert", DOWNLOADS, now, now));
        var right = read("anna", DOWNLOADS).state(LicensingFolds.DOWNLOADS);
        // As if the snapshot knew of two downloads that never were.
        asOwner(
                "delete from tally.event where customer_id = 'bert' and seq > 3",
                "update tally.stream set last_seq = 3 where customer_id = 'bert'");

        archiver().run();

        assertThat(head("anna").generation()).isEqualTo(2);
        assertThat(head("bert").generation()).isEqualTo(3);
        assertThat(read("anna", DOWNLOADS).state(LicensingFolds.DOWNLOADS)).isEqualTo(right);
        assertThat(countedIn("bert")).isEqualTo(3);
        assertThat(countedIn("anna")).isEqualTo(5);
    }

    @Test
    void a_live_stream_whose_snapshot_other_code_wrote_gets_a_new_one() throws Exception {
        download("anna", month(-1));
        stores.use(store -> store.rollForward("anna", DOWNLOADS, now, now));
        asOwner("update tally.snapshot set fingerprint = 42 where customer_id = 'anna'");
        assertThat(read("anna", DOWNLOADS).stream(LicensingFolds.DOWNLOADS).replayed()).isTrue();

        archiver().run();

        assertThat(read("anna", DOWNLOADS).stream(LicensingFolds.DOWNLOADS).replayed()).isFalse();
        assertThat(head("anna").generation()).isEqualTo(3);
        assertThat(countedIn("anna")).isEqualTo(1);
    }

    private int countedIn(String customer) {
        return read(customer, DOWNLOADS)
                .state(LicensingFolds.DOWNLOADS)
                .byTitle()
                .get(new TitleId("glow"))
                .downloads()
                .size();
    }

    @Test
    void an_erased_customer_is_gone_from_every_tier_and_nobody_else() throws Exception {
        for (var month : List.of(oldest, old, month(-1), month(0))) {
            downloadsIn(month);
        }
        while (!state("event", oldest).equals("VERIFYING")) aNodeThatDiesAfterOneStep();
        aNodeThatDiesAfterOneStep();
        var others = rows().stream().filter(row -> !row.startsWith("(customer-1,")).toList();
        erase("customer-1");

        archiver().run();
        archiver().run();

        assertThat(rows()).isEqualTo(others);
        assertThat(texts("select customer_id from tally.stream where customer_id = 'customer-1'"))
                .isEmpty();
        assertThat(
                        texts(
                                """
                                select concat_ws(' ', requested_by, completed_at is not null,
                                    customer_id, rows_erased > 4, last_error)
                                from tally.erasure
                                """))
                .containsExactly("anna t t");
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
        assertThat(rowsAndChecksum(partition("event", oldest)))
                .isEqualTo(rowsAndChecksumAsListed(partition("event", oldest)));
        download("customer-1", now);
        assertThat(head("customer-1").seq()).isEqualTo(1);
    }

    @Test
    void an_erasure_of_what_is_archived_keeps_its_number_of_rows_and_checksum_true()
            throws Exception {
        downloadsIn(oldest);
        archiver().run();
        erase("customer-7");

        archiver().run();

        var partition = partition("event", oldest);
        assertThat(rowsAndChecksum(partition)).isEqualTo(rowsAndChecksumAsListed(partition));
        assertThat(rows()).hasSize(CUSTOMERS - 1);
    }

    @Test
    void nothing_is_erased_while_a_partition_is_under_legal_hold() throws Exception {
        downloadsIn(oldest);
        var before = rows();
        asOwner(
                "update tally.partition set legal_hold = 'Case 1' where name = '%s'"
                        .formatted(partition("event", oldest)));
        erase("customer-1");

        archiver().run();
        assertThat(rows()).isEqualTo(before);
        assertThat(texts("select last_error from tally.erasure").getFirst())
                .contains("legal hold in " + partition("event", oldest));

        asOwner("update tally.partition set legal_hold = null");
        archiver().run();
        assertThat(rows()).hasSize(CUSTOMERS - 1);
    }

    private static void erase(String customer) throws SQLException {
        asOwner(
                """
                insert into tally.erasure (erasure_id, customer_digest, customer_id, requested_by)
                values ('%1$s', sha256('%1$s'), '%1$s', 'anna')
                """
                        .formatted(customer));
    }

    private static String rowsAndChecksum(String partition) throws SQLException {
        return texts(
                        "select count(*) || ' ' || sum(hash_record_extended(e, 0)) from tally.%s e"
                                .formatted(partition))
                .getFirst();
    }

    private static String rowsAndChecksumAsListed(String partition) throws SQLException {
        return texts(
                        "select row_count || ' ' || checksum from tally.partition where name = '%s'"
                                .formatted(partition))
                .getFirst();
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

    private boolean aNodeThatDiesAfterOneStep() throws SQLException, InterruptedException {
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            return archiver().takesOneStep(new PartitionTable(connection), new HashSet<>());
        }
    }

    private Archiver archiver() {
        return new Archiver(
                database.dataSource(Role.TALLY_OWNER),
                store(),
                all(),
                clock(),
                settings("archive"));
    }

    private static List<Fold<?>> all() {
        return List.of(LicensingFolds.LICENSES, LicensingFolds.DOWNLOADS, LicensingFolds.DEVICES);
    }

    private InstantSource clock() {
        return InstantSource.fixed(now);
    }

    private static ArchiveSettings settings(String tablespace) {
        return new ArchiveSettings(
                3, Period.ofMonths(3), tablespace, BATCH_ROWS, Duration.ZERO, 100);
    }

    /** As the container injects it: each call has an entity manager of its own. */
    private static EventStore store() {
        return stores.perCall();
    }

    /** Downloads count for a year: live. */
    private void downloadsIn(Instant month) {
        for (int customer = 1; customer <= CUSTOMERS; customer++) {
            download("customer-" + customer, month);
        }
    }

    private void download(String customer, Instant month) {
        append(
                customer,
                DOWNLOADS,
                month.plus(3, ChronoUnit.DAYS),
                new DownloadCounted(
                        new DownloadId("download-" + month),
                        new TitleId("glow"),
                        new LicenseId("license"),
                        month,
                        CountCause.ACQUIRED,
                        null,
                        1));
    }

    private void activate(String customer, String device, Instant at) {
        append(customer, DEVICES, at, new DeviceActivated(new DeviceId(device), device, at));
    }

    private static void append(String customer, List<Fold<?>> folds, Instant at, Record event) {
        stores.use(
                store ->
                        store.append(
                                store.read(customer, folds),
                                CommandId.of(customer + at),
                                at,
                                List.of(event)));
    }

    private static History read(String customer, List<Fold<?>> folds) {
        return stores.use(store -> store.read(customer, folds));
    }

    private Head head(String customer) {
        return read(customer, DOWNLOADS).stream(LicensingFolds.DOWNLOADS).head();
    }

    private static List<String> names(String customer) {
        return read(customer, DEVICES)
                .state(LicensingFolds.DEVICES)
                .all()
                .map(device -> device.id().value())
                .toList();
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

    private static List<String> rows() throws SQLException {
        return texts("select e::text from tally.event e order by 1");
    }

    private static String state(String parent, Instant month) throws SQLException {
        return texts(
                        "select state from tally.partition where name = '"
                                + partition(parent, month)
                                + "'")
                .getFirst();
    }

    private static String lastError(String parent, Instant month) throws SQLException {
        return texts(
                        "select last_error from tally.partition where name = '"
                                + partition(parent, month)
                                + "'")
                .getFirst();
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

    private static String partition(String parent, Instant month) {
        var start = month.atOffset(ZoneOffset.UTC);
        return "%s_%d_%02d".formatted(parent, start.getYear(), start.getMonthValue());
    }

    private Instant month(int fromNow) {
        return now.atOffset(ZoneOffset.UTC)
                .truncatedTo(ChronoUnit.DAYS)
                .withDayOfMonth(1)
                .plusMonths(fromNow)
                .toInstant();
    }

    private static void asOwner(String... statements) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static List<String> texts(String sql) throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var texts = new ArrayList<String>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }
}
