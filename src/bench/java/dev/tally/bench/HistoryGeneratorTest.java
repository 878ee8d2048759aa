package dev.tally.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.Title;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Head;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.postgres.HistoryCopy;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.ids.DeviceId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;

/** The generated rows are those that the application would have written. */
class HistoryGeneratorTest {

    private static final Instant TO = Instant.parse("2026-11-01T00:00:00Z");
    private static final Instant FROM = Instant.parse("2024-11-01T00:00:00Z");
    private static final Catalogue CATALOGUE = Catalogue.of(200, 20);
    private static final int SEED = 42;

    /** A story with so many events that generations close. */
    private static final Story BUSY = new UsualStory(CATALOGUE, FROM, TO, 8);

    private static Database database;
    private static Stores node;
    private static SampleHistory history;

    @BeforeAll
    static void prepare() throws SQLException, IOException {
        database = Database.forTests().migrated();
        node = SampleHistory.coldNode(database);
        history = new SampleHistory(database, SEED);
        history.prepare(CATALOGUE, FROM, TO);
    }

    @AfterAll
    static void disconnect() {
        node.close();
        database.close();
    }

    @Test
    void a_copied_account_reads_as_it_was_decided() throws SQLException, IOException {
        for (int n = 0; n < 5; n++) {
            var id = Integer.toString(1_000 + n);
            Account decided;
            try (var copy = copy()) {
                decided = live(BUSY, id, copy, n);
                copy.commit();
            }

            var read = new Member(id, node.store(), new SplittableRandom(0)).account();

            assertThat(read).isEqualTo(decided);
            assertThat(read.licenses().ids()).isNotEmpty();
        }
    }

    @Test
    void copied_rows_are_those_of_the_store() throws SQLException, IOException {
        try (var copy = copy()) {
            live(BUSY, "2000", copy, SEED);
            copy.commit();
        }

        live(BUSY, "2001", node.store(), SEED);

        for (var table : List.of("event", "snapshot", "customer")) {
            assertThat(rows(table, "2000")).as(table).isNotEmpty().isEqualTo(rows(table, "2001"));
        }
    }

    @Test
    void a_copied_snapshot_is_used() throws SQLException, IOException {
        history.customers(3_000, 1, new LongStory(CATALOGUE, FROM, TO, 1_000));

        var read = read("3000");

        assertThat(read.head().generation()).isGreaterThan(5);
        assertThat(read.source()).isEqualTo(Source.CURRENT);
        assertThat(read.events()).hasSizeLessThan(SampleHistory.EVENTS_PER_GENERATION);
    }

    /** Compares each license in the application with the one that SQL computes from its events. */
    @Test
    void licenses_are_in_sql_what_they_are_in_the_application() throws SQLException, IOException {
        try (var copy = copy()) {
            for (int n = 0; n < 5; n++) {
                live(BUSY, Integer.toString(9_000 + n), copy, n);
            }
            copy.commit();
        }

        for (int n = 0; n < 5; n++) {
            var id = Integer.toString(9_000 + n);
            for (var at : List.of(TO.minus(70, ChronoUnit.DAYS), TO)) {
                var account = node.store().readAsOf(id, at, AccountModel.FOLD).state();
                var decided =
                        account.licenses().ids().flatMap(l -> account.licenses().find(l).stream());
                var licenses = licensesInSql(id, at);
                assertThat(decided.map(license -> inWords(license, at)))
                        .isNotEmpty()
                        .allSatisfy(license -> assertThat(licenses).contains(license));
            }
        }
    }

    private static String inWords(License license, Instant at) {
        return "%s %s %s %d %s"
                .formatted(
                        license.id(),
                        license.title(),
                        license.stateAt(at),
                        license.renewals(),
                        license.expiresAt());
    }

    private static List<String> licensesInSql(String id, Instant at) throws SQLException {
        try (var connection = database.connect(Role.TALLY_READER);
                var query =
                        connection.prepareStatement(
                                """
                                select license_id, title_id, state, renewals, expires_at
                                from licenses_at(?) where customer_id = ?
                                """)) {
            query.setObject(1, at.atOffset(ZoneOffset.UTC));
            query.setString(2, id);
            var licenses = new ArrayList<String>();
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    licenses.add(
                            "%s %s %s %d %s"
                                    .formatted(
                                            rows.getString(1),
                                            rows.getString(2),
                                            rows.getString(3),
                                            rows.getInt(4),
                                            rows.getObject(5, OffsetDateTime.class).toInstant()));
                }
            }
            return licenses;
        }
    }

    @Test
    void copied_events_are_readable_in_sql() throws SQLException, IOException {
        var loaded = history.customers(4_000, 3, new UsualStory(CATALOGUE, FROM, TO));

        try (var connection = database.connect(Role.TALLY_READER);
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                select count(*), count(payload)
                                from tally.event_history
                                where customer_id in ('4000', '4001', '4002')
                                """)) {
            rows.next();
            assertThat(loaded.events()).isPositive();
            assertThat(rows.getLong(1)).isEqualTo(loaded.events());
            assertThat(rows.getLong(2)).isEqualTo(loaded.events());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 99, 1_000})
    void a_long_story_has_exactly_so_many_events(int events) throws SQLException, IOException {
        var id = 5_000 + events;
        var story = new LongStory(CATALOGUE, FROM, TO, events);

        assertThat(history.customers(id, 1, story).events()).isEqualTo(events);
        assertThat(acquires(id, CATALOGUE.title(100))).isTrue();
    }

    @Test
    void customers_of_the_uniform_story_stand_at_one_place() throws SQLException, IOException {
        history.customers(7_000, 20, new UniformStory(CATALOGUE, TO));

        var places = new HashSet<Head>();
        for (int id = 7_000; id < 7_020; id++) places.add(read(Integer.toString(id)).head());
        assertThat(places).hasSize(1);
        assertThat(places.iterator().next().lastSeq()).isEqualTo(UniformStory.EVENTS);
        assertThat(acquires(7_000, CATALOGUE.title(UniformStory.DOWNLOADS))).isTrue();
    }

    @Test
    void a_heavy_streamers_snapshots_weigh_no_more_than_their_events()
            throws SQLException, IOException {
        var loaded = history.customers(6_500, 2, new StreamerStory(CATALOGUE, TO));

        assertThat(loaded.events()).isGreaterThan(4_000);
        try (var superuser = database.connect(Role.POSTGRES)) {
            assertThat(Cost.snapshotsOverEvents(superuser, 6_500, 2)).isBetween(0.1, 1.0);
        }
    }

    @Test
    void cost_and_replay_are_those_of_what_was_loaded() throws SQLException, IOException {
        history.customers(8_000, 1, new LongStory(CATALOGUE, FROM, TO, 500));
        history.settle();

        try (var superuser = database.connect(Role.POSTGRES)) {
            var cost = Cost.ofEventsInOrderOfTime(superuser);
            assertThat(cost.events()).isGreaterThanOrEqualTo(500);
            assertThat(cost.bytesPerEvent()).isBetween(100.0, 500.0);
            assertThat(Replay.fromMemory(superuser, 100)).isPositive();
        }
        assertThat(Replay.fromTheStore(node, "8000")).isPositive();
    }

    /** Whether the application, through the store, allows the customer to acquire the title. */
    private static boolean acquires(int id, Title title) {
        return new Member(Integer.toString(id), node.store(), new SplittableRandom(id))
                .acquire(title, new DeviceId("device-1"), null, TO.plus(1, ChronoUnit.DAYS))
                .isPresent();
    }

    private static History<Account> read(String id) {
        return node.store().read(id, AccountModel.FOLD);
    }

    private static HistoryCopy copy() throws SQLException, IOException {
        return new HistoryCopy(
                database.dataSource(Role.TALLY_OWNER),
                AccountModel.MODEL,
                SampleHistory.EVENTS_PER_GENERATION);
    }

    private static Account live(Story story, String id, EventStore store, int seed) {
        var chance = new SplittableRandom(seed);
        var member = new Member(id, store, chance.split());
        story.live(member, chance);
        return member.account();
    }

    /** All columns except those that differ between customers and transactions. */
    private static List<String> rows(String table, String customer) throws SQLException {
        var sql =
                """
                select (to_jsonb(t) - 'customer_id' - 'position')::text
                from tally.%s t where customer_id = ? order by 1
                """
                        .formatted(table);
        try (var connection = database.connect(Role.POSTGRES);
                var query = connection.prepareStatement(sql)) {
            query.setString(1, customer);
            var rows = new ArrayList<String>();
            try (var results = query.executeQuery()) {
                while (results.next()) {
                    rows.add(results.getString(1));
                }
            }
            return rows;
        }
    }
}
