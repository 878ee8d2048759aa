package dev.tally.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.bench.SampleHistory;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;

/** The sample has what the page's guide tells of it. */
class SampleMembersTest {

    private static Database database;

    @BeforeAll
    static void load() throws SQLException, IOException {
        database = Database.forTests().migrated();
        try (var connection = database.connect(Role.TALLY_OWNER);
                var insert =
                        connection.prepareStatement(
                                "insert into tally.title (title_id, name, studio_id) values (?, ?,"
                                        + " ?)")) {
            for (var line :
                    Files.readAllLines(Path.of("src/test/resources/sample/titles.ndjson"))) {
                var title = JsonMapper.shared().readTree(line);
                insert.setString(1, title.get("titleId").stringValue());
                insert.setString(2, title.get("name").stringValue());
                insert.setString(3, title.get("studioId").stringValue());
                insert.execute();
            }
        }
        try (var stores = SampleHistory.coldNode(database)) {
            // A node registers how its events are written before there is any.
            assertThat(stores.store()).isNotNull();
        }
        assertThat(SampleMembers.isIn(database)).isFalse();
        assertThat(SampleMembers.load(database, Instant.now())).isTrue();
    }

    @AfterAll
    static void close() {
        database.close();
    }

    private static int count(String condition) throws SQLException {
        try (var connection = database.connect(Role.TALLY_READER);
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                "select count(*) from event_history where " + condition)) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void three_members_have_months_of_history() throws SQLException {
        for (var member : new String[] {"mia", "noah", "ella"}) {
            var of = "customer_id = '" + member + "'";
            assertThat(count(of)).as(member).isBetween(80, 1_000);
            assertThat(count(of + " and event_time < now() - interval '300 days'"))
                    .as(member)
                    .isPositive();
        }
    }

    @Test
    void each_story_is_there() throws SQLException {
        assertThat(count("customer_id = 'mia' and event = 'DeviceDeactivated'")).isEqualTo(1);
        assertThat(
                        count(
                                "customer_id = 'noah' and event = 'DownloadCounted' and payload ->>"
                                        + " 'title' = 'the-paper-captain'"))
                .isEqualTo(5);
        assertThat(count("customer_id = 'noah' and event = 'LicenseRevoked'")).isEqualTo(1);
        assertThat(
                        count(
                                "customer_id = 'ella' and event = 'ProvisionalLicenseReconciled'"
                                        + " and payload ->> 'overLimit' like"
                                        + " '%maxDownloadDevices%'"))
                .isEqualTo(1);
        assertThat(
                        count(
                                "customer_id = 'ella' and event = 'SessionStarted' and"
                                        + " (payload ->> 'occurredAt')::timestamptz < event_time -"
                                        + " interval '3 days'"))
                .isEqualTo(1);
    }

    @Test
    void a_database_with_a_customer_is_left_alone() throws SQLException, IOException {
        var before = count("true");
        assertThat(SampleMembers.load(database, Instant.now())).isFalse();
        assertThat(count("true")).isEqualTo(before);
        assertThat(SampleMembers.isIn(database)).isTrue();
    }
}
