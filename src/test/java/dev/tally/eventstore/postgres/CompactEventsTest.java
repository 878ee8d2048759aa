package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.codec.Golden;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Schema;

import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;

/** {@code V006__compact_events.sql} converts what was stored before it. */
class CompactEventsTest {

    private static Database database;

    @BeforeAll
    static void convert() throws IOException, SQLException {
        database = Database.forTests();
        Flyway.configure()
                .configuration(
                        Schema.flyway(
                                        database.dataSource(Role.TALLY_OWNER),
                                        Path.of("db-migrations"))
                                .getConfiguration())
                .target("5")
                .load()
                .migrate();
        try (var connection = database.connect(Role.TALLY_OWNER);
                var insert =
                        connection.prepareStatement(
                                """
                                with head as (
                                    insert into stream
                                    values ('anna', 'License', 1, 1, now(), now(), 0),
                                           ('anna', 'Device', 1, 1, now(), now(), 0)
                                ), registry as (
                                    insert into event_mapper
                                    values ('LicenseReleased/1', 'License',
                                            '{releasedAt,cause,occurredAt}',
                                            '{instant,text,instant?}')
                                )
                                insert into event
                                    (customer_id, stream_type, generation, seq, event_time,
                                     command_hash, aggregate_id, event_mapper, command_id,
                                     event_data)
                                values ('anna', 'License', 1, 1, now(), 7, 'license-1',
                                        'LicenseReleased/1', 'key', ?),
                                       ('anna', 'Device', 1, 1, now(), 7, 'phone',
                                        'DeviceRenamed/1', 'key', '')
                                """)) {
            connection.setSchema("tally");
            insert.setBytes(1, Golden.of("LicenseReleased/1").getFirst().rawBytes());
            insert.executeUpdate();
        }
        database.migrated();
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @Test
    void old_events_read_as_before() throws SQLException {
        try (var connection = database.connect(Role.TALLY_READER);
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                select row_id || ' ' || event || ' ' || (payload ->> 'cause')
                                from tally.event_history where stream_type = 'License'
                                """)) {
            rows.next();
            assertThat(rows.getString(1)).isEqualTo("anna:License:1 LicenseReleased MEMBER");
        }
    }

    @Test
    void an_event_of_an_unregistered_mapper_is_not_hidden() throws SQLException {
        try (var connection = database.connect(Role.TALLY_READER);
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                select event_id, event, aggregate_id
                                from tally.event_history where stream_type = 'Device'
                                """)) {
            rows.next();
            assertThat(rows.getString(1)).isEqualTo("Device:1:1");
            assertThat(rows.getString(2)).isNull();
            assertThat(rows.getString(3)).isEqualTo("phone");
        }
    }

    /** The registry is the same to a new mapper as to the converted ones. */
    @Test
    void a_mapper_whose_number_another_has_is_refused() throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute(
                    "insert into tally.event_mapper values ('Other/1', 'License', '{}', '{}',"
                            + " now(), 3)");
        }

        assertThatThrownBy(() -> new Stores(database, 100))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("LicenseFirstPlayed/1 is registered");
    }
}
