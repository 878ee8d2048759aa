package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.HistoryQuery.Place;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.Tier;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.write.LicensingFolds;
import dev.tally.local.Database;
import dev.tally.runtime.Ids;

import jakarta.persistence.EntityManager;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** A customer's history as it is paged through, and which partitions that touches. */
class HistoryTest {

    private static final List<Fold<?>> FOLDS =
            List.of(LicensingFolds.DOWNLOADS, LicensingFolds.DEVICES);
    private static final int ENOUGH_FOR_A_KEPT_PLAN = 10;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final Instant longAgo = now.minus(400, ChronoUnit.DAYS);

    private static Database database;
    private static Stores stores;

    private final String customer = "customer-" + Ids.next();

    @BeforeAll
    static void partitionsOfMoreThanAYear() throws IOException, SQLException {
        database = Database.forTests().migrated();
        stores = new Stores(database, 50);
        AgedMonths.in(database);
    }

    @AfterAll
    static void stop() {
        stores.close();
        database.close();
    }

    @Test
    void events_of_all_streams_come_in_the_order_of_their_time() {
        append(now, activated("phone"), counted("download-1"));
        append(now.plusSeconds(1), counted("download-2"), activated("tablet"));

        var history = history(all());

        assertThat(history)
                .extracting(Recorded::aggregateId)
                .containsExactly("phone", "download-1", "download-2", "tablet");
        assertThat(history)
                .extracting(Recorded::id)
                .containsExactly("Device:1:1", "Download:1:1", "Download:1:2", "Device:1:2");
    }

    @Test
    void an_event_is_described_by_its_name_and_its_fields() {
        append(now, activated("phone"));

        var described = stores.use(store -> store.history(all())).getFirst();

        assertThat(described.name()).isEqualTo("DeviceActivated/1");
        assertThat(described.payload())
                .containsOnlyKeys("name", "activatedAt")
                .containsEntry("name", "My phone");
    }

    @Test
    void it_begins_with_from_and_ends_before_to() {
        append(now, activated("one"));
        append(now.plusSeconds(1), activated("two"));
        append(now.plusSeconds(2), activated("three"));

        var history =
                history(
                        new HistoryQuery(
                                customer,
                                Tier.ALL,
                                now.plusSeconds(1),
                                now.plusSeconds(2),
                                null,
                                null,
                                10));

        assertThat(history).extracting(Recorded::aggregateId).containsExactly("two");
    }

    @Test
    void one_aggregate_can_be_asked_for() {
        append(now, activated("phone"), activated("tablet"));

        var history = history(new HistoryQuery(customer, Tier.ALL, null, null, "tablet", null, 10));

        assertThat(history).extracting(Recorded::aggregateId).containsExactly("tablet");
    }

    @ParameterizedTest
    @EnumSource
    void pages_of_any_tier_leave_nothing_out_and_repeat_nothing(Tier tier) {
        for (var at : List.of(longAgo, longAgo.plusSeconds(1), now, now.plusSeconds(1))) {
            append(at, activated("device-" + at), counted("download-" + at));
        }
        var expected = history(new HistoryQuery(customer, tier, null, null, null, null, 100));
        assertThat(expected).hasSize(tier == Tier.ALL ? 8 : 4);

        var paged = new ArrayList<Recorded>();
        var page = history(new HistoryQuery(customer, tier, null, null, null, null, 3));
        while (!page.isEmpty()) {
            paged.addAll(page);
            var after = Place.of(page.getLast());
            page = history(new HistoryQuery(customer, tier, null, null, null, after, 3));
        }

        assertThat(paged).isEqualTo(expected);
    }

    /** Events of one time have one order, by what else tells them apart. */
    @Test
    void a_page_goes_on_within_one_time() {
        append(now, activated("phone"), counted("download-1"));
        var first = history(all()).getFirst();

        var before = new Place(first.at(), StreamType.DEVICE, 0);
        var after = new Place(first.at(), StreamType.DEVICE, 1);

        assertThat(after(before)).extracting(Recorded::id).contains("Device:1:1");
        assertThat(after(after)).extracting(Recorded::id).containsExactly("Download:1:1");
    }

    @Test
    void the_hot_tier_touches_no_archived_partition_however_often_it_is_asked() {
        append(longAgo, activated("phone"));
        append(now, activated("tablet"));

        stores.inTransactionWith(
                em -> {
                    for (int times = 0; times < ENOUGH_FOR_A_KEPT_PLAN; times++) {
                        assertThat(LookBack.history(em, asked(Tier.HOT))).hasSize(1);
                    }
                    assertThat(tiersLocked(em)).contains("HOT").doesNotContain("ARCHIVE");
                    assertThat(planOfTheStatementThatWasSent(em))
                            .contains("event_%d".formatted(year(now)))
                            .doesNotContain("event_%d_".formatted(year(longAgo)) + month(longAgo));
                    return null;
                });
    }

    @Test
    void the_archive_touches_no_hot_partition() {
        append(longAgo, activated("phone"));

        stores.inTransactionWith(
                em -> {
                    assertThat(LookBack.history(em, asked(Tier.ARCHIVE))).hasSize(1);
                    assertThat(tiersLocked(em)).containsOnly("ARCHIVE");
                    return null;
                });
    }

    private HistoryQuery asked(Tier tier) {
        return new HistoryQuery(customer, tier, null, null, null, null, 10);
    }

    private HistoryQuery all() {
        return asked(Tier.ALL);
    }

    private List<Recorded> after(Place place) {
        return history(new HistoryQuery(customer, Tier.ALL, null, null, null, place, 10));
    }

    private static int year(Instant at) {
        return at.atOffset(ZoneOffset.UTC).getYear();
    }

    private static String month(Instant at) {
        return "%02d".formatted(at.atOffset(ZoneOffset.UTC).getMonthValue());
    }

    /** Of the partitions of events that this transaction has looked at, planning included. */
    @SuppressWarnings("unchecked") // a native query of one text column
    private static List<String> tiersLocked(EntityManager em) {
        return em.createNativeQuery(
                        """
                        select distinct p.tier
                        from pg_locks l
                        join tally.partition p on l.relation = ('tally.' || p.name)::regclass
                        where l.pid = pg_backend_pid() and p.parent_table = 'event'
                        """,
                        String.class)
                .getResultList();
    }

    /** By the name under which the driver has prepared it on the server. */
    private String planOfTheStatementThatWasSent(EntityManager em) {
        var name =
                text(
                        em,
                        """
                        select name from pg_prepared_statements
                        where statement like '%from tally.event %'
                        """);
        var hotStart = text(em, "select min(starts_at) from tally.partition where tier = 'HOT'");
        return text(
                em,
                "explain execute \"%s\"('%s', '%s', '9999-12-31', 10)"
                        .formatted(name, customer, hotStart));
    }

    /** All rows of a query with one column. */
    private static String text(EntityManager em, String sql) {
        return em.<Connection, String>callWithConnection(
                connection -> {
                    try (var statement = connection.createStatement();
                            var rows = statement.executeQuery(sql)) {
                        var lines = new ArrayList<String>();
                        while (rows.next()) {
                            lines.add(rows.getString(1));
                        }
                        return String.join("\n", lines);
                    }
                });
    }

    private List<Recorded> history(HistoryQuery query) {
        return stores.use(store -> store.history(query)).stream().map(Described::event).toList();
    }

    private void append(Instant at, Record... events) {
        stores.use(
                store ->
                        store.append(
                                store.read(customer, FOLDS),
                                CommandId.of(Ids.next()),
                                at,
                                List.of(events)));
    }

    private DeviceActivated activated(String device) {
        return new DeviceActivated(new DeviceId(device), "My " + device, now);
    }

    private DownloadCounted counted(String download) {
        return new DownloadCounted(
                new DownloadId(download),
                new TitleId("glow"),
                new LicenseId("license"),
                now,
                CountCause.ACQUIRED,
                null,
                1);
    }
}
