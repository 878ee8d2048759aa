package dev.tally.eventstore.partitions;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.StreamHistory.Head;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.LicensingFolds;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Customers with downloads in months of long ago, and a job that takes these to the archive. */
abstract class ArchiveFixture {

    static final List<Fold<?>> DEVICES = List.of(LicensingFolds.DEVICES);

    static final List<Fold<?>> LICENSES = List.of(LicensingFolds.LICENSES);

    static final List<Fold<?>> DOWNLOADS = List.of(LicensingFolds.DOWNLOADS);

    static final int EVENTS_PER_GENERATION = 50;

    static final int MONTHS_BACK = 6;

    static final int BATCH_ROWS = 7;

    static final int CUSTOMERS = 20;

    static final Period GRACE = Period.ofDays(30);

    final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    /** The oldest month, and one that is due as well. */
    final Instant oldest = month(-MONTHS_BACK);

    final Instant old = month(-5);

    static Database database;

    static Stores stores;

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
        for (var table : texts("select unnest(tally.tables_of(p)) from tally.partition p")) {
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

    boolean aNodeThatDiesAfterOneStep() throws SQLException, InterruptedException {
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            return archiver().takesOneStep(new PartitionTable(connection), new HashSet<>());
        }
    }

    Archiver archiver() {
        return new Archiver(
                database.dataSource(Role.TALLY_OWNER),
                store(),
                all(),
                clock(),
                settings("archive"));
    }

    /** A job of that time, which keeps everything for so long. */
    static Archiver archiver(Period retention, Instant at) {
        return new Archiver(
                database.dataSource(Role.TALLY_OWNER),
                store(),
                all(),
                InstantSource.fixed(at),
                settings("archive", retention));
    }

    static List<Fold<?>> all() {
        return List.of(LicensingFolds.LICENSES, LicensingFolds.DOWNLOADS, LicensingFolds.DEVICES);
    }

    InstantSource clock() {
        return InstantSource.fixed(now);
    }

    static ArchiveSettings settings(String tablespace) {
        return settings(tablespace, null);
    }

    static ArchiveSettings settings(String tablespace, Period retention) {
        return new ArchiveSettings(
                3,
                Period.ofMonths(3),
                tablespace,
                retention,
                GRACE,
                BATCH_ROWS,
                Duration.ZERO,
                100);
    }

    /** As the container injects it: each call has an entity manager of its own. */
    static EventStore store() {
        return stores.perCall();
    }

    /** Downloads count for a year: live. */
    void downloadsIn(Instant month) {
        for (int customer = 1; customer <= CUSTOMERS; customer++) {
            download("customer-" + customer, month);
        }
    }

    void download(String customer, Instant month) {
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

    void activate(String customer, String device, Instant at) {
        append(customer, DEVICES, at, new DeviceActivated(new DeviceId(device), device, at));
    }

    /** Without an end. */
    void issue(String customer, String license, Instant at) {
        append(
                customer,
                LICENSES,
                at,
                new LicenseIssued(
                        new LicenseId(license),
                        new TitleId("glow"),
                        new StudioId("acme"),
                        new DeviceId("phone"),
                        LicenseType.DOWNLOAD,
                        new PlanId("standard"),
                        at,
                        null,
                        null,
                        null,
                        1));
    }

    void release(String customer, String license, Instant at) {
        append(
                customer,
                LICENSES,
                at,
                new LicenseReleased(new LicenseId(license), at, ReleaseCause.MEMBER, null));
    }

    static void append(String customer, List<Fold<?>> folds, Instant at, Record event) {
        stores.use(
                store ->
                        store.append(
                                store.read(customer, folds),
                                CommandId.of(customer + at),
                                at,
                                List.of(event)));
    }

    static History read(String customer, List<Fold<?>> folds) {
        return stores.use(store -> store.read(customer, folds));
    }

    Head head(String customer) {
        return read(customer, DOWNLOADS).stream(LicensingFolds.DOWNLOADS).head();
    }

    static List<String> names(String customer) {
        return read(customer, DEVICES)
                .state(LicensingFolds.DEVICES)
                .all()
                .map(device -> device.id().value())
                .toList();
    }

    static List<String> rows() throws SQLException {
        return texts("select e::text from tally.event e order by 1");
    }

    static String state(String parent, Instant month) throws SQLException {
        return texts(
                        "select state from tally.partition where name = '"
                                + partition(parent, month)
                                + "'")
                .getFirst();
    }

    static String lastError(String parent, Instant month) throws SQLException {
        return texts(
                        "select last_error from tally.partition where name = '"
                                + partition(parent, month)
                                + "'")
                .getFirst();
    }

    static String partition(String parent, Instant month) {
        var start = month.atOffset(ZoneOffset.UTC);
        return "%s_%d_%02d".formatted(parent, start.getYear(), start.getMonthValue());
    }

    Instant month(int fromNow) {
        return now.atOffset(ZoneOffset.UTC)
                .truncatedTo(ChronoUnit.DAYS)
                .withDayOfMonth(1)
                .plusMonths(fromNow)
                .toInstant();
    }

    static void asOwner(String... statements) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    static List<String> texts(String sql) throws SQLException {
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
