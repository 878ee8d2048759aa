package dev.tally.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Pooler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/** Which node may migrate, and what a migration does with a database that others have used. */
class MigrationTest {

    private static final Path FOLDER = Path.of("db-migrations");

    private Database database;

    @BeforeEach
    void start() throws IOException {
        database = Database.forTests();
    }

    @AfterEach
    void stop() {
        database.close();
    }

    @Test
    void an_empty_database_takes_events_after_migrating() throws SQLException {
        assertThat(migration(1, 1).perform()).isNotNull();

        assertThat(text("select tally.has_partition_for(now())")).isEqualTo("t");
        assertThat(text("select newest || ' ' || oldest_served from tally.release"))
                .isEqualTo("1 1");
        assertThat(text("select count(*) from tally.partition_difference")).isEqualTo("0");
    }

    @Test
    void a_newer_release_says_who_it_was_and_whom_it_serves() throws SQLException {
        migration(1, 1).perform();

        migration(3, 2).perform();

        assertThat(text("select newest || ' ' || oldest_served from tally.release"))
                .isEqualTo("3 2");
    }

    @Test
    void an_older_release_puts_none_of_its_functions_back() throws SQLException {
        migration(2, 1).perform();
        execute(
                "create or replace function tally.iso_duration(millis bigint) returns text"
                        + " language sql immutable as 'select ''of release 2'''",
                "update tally.flyway_schema_history set checksum = 42 where version is null");

        migration(1, 1).perform();

        assertThat(text("select tally.iso_duration(1)")).isEqualTo("of release 2");
        assertThat(text("select newest from tally.release")).isEqualTo("2");

        migration(2, 1).perform();

        assertThat(text("select tally.iso_duration(1)")).isEqualTo("PT0.001S");
    }

    @Test
    void a_release_that_is_not_served_any_more_is_told_so() {
        migration(3, 2).perform();

        assertThatThrownBy(() -> migration(1, 1).perform())
                .isInstanceOf(UnusableDatabase.class)
                .hasMessageContaining("serves releases from 2 on, and this is release 1");
    }

    @Test
    void data_from_before_the_first_release_are_named_in_one_sentence() throws SQLException {
        execute("create table tally.stream (customer_id text)");

        assertThatThrownBy(() -> migration(1, 1).perform())
                .isInstanceOf(UnusableDatabase.class)
                .hasMessageContaining("before the first release, which cannot be taken over");
    }

    @Test
    void positions_go_on_upwards_after_a_dump_was_restored_elsewhere() throws SQLException {
        migration(1, 1).perform();
        execute(
                insertEvent("1, 7000000000000"),
                // This makes the database look as if it were in another cluster.
                "update tally.cluster set system_identifier = 42");

        migration(1, 1).perform();

        execute(insertEvent("2, default"), insertEvent("3, default"));
        assertThat(
                        text(
                                "select string_agg((position > 7000000000000)::text, ' ' order by"
                                        + " seq) from tally.event"))
                .isEqualTo("false true true");
        assertThat(text("select safe_below > 7000000000000 from tally.feed_lag")).isEqualTo("t");
        assertThat(
                        text(
                                "select system_identifier = (select c.system_identifier from"
                                        + " pg_control_system() c) from tally.cluster"))
                .isEqualTo("t");
    }

    /** Transaction numbers of the other cluster say whom a copy has to wait for. */
    @Test
    void copies_in_the_making_are_made_again_elsewhere() throws SQLException {
        migration(1, 1).perform();
        for (var state :
                List.of("COPYING", "VERIFYING", "COPIED", "SIFTING", "SIFTED", "RETIRED")) {
            execute(
                    """
                    insert into tally.partition
                        (name, parent_table, starts_at, ends_at, tier, state, done_to, rows_done, copied_by)
                    values ('%1$s', '%1$s', '2020-01-01', '2020-02-01', 'ARCHIVE', '%1$s', 'x', 9, '123456')
                    """
                            .formatted(state));
        }
        execute("update tally.partition set copied_by = null where state = 'RETIRED'");

        migration(1, 1).perform();
        assertThat(copies())
                .isEqualTo(
                        "COPIED:COPIED COPYING:COPYING RETIRED:RETIRED SIFTED:SIFTED"
                                + " SIFTING:SIFTING VERIFYING:VERIFYING");

        execute("update tally.cluster set system_identifier = 42");
        migration(1, 1).perform();

        assertThat(copies())
                .isEqualTo(
                        "COPIED:MARKED COPYING:MARKED RETIRED:RETIRED SIFTED:ARCHIVED"
                                + " SIFTING:ARCHIVED VERIFYING:MARKED");
        assertThat(
                        text(
                                "select count(*) from tally.partition where tier = 'ARCHIVE' and"
                                    + " (copied_by is not null or (done_to is not null and name <>"
                                    + " 'RETIRED'))"))
                .isEqualTo("0");
    }

    private String copies() throws SQLException {
        return text(
                "select string_agg(name || ':' || state, ' ' order by name) from tally.partition"
                        + " where tier = 'ARCHIVE'");
    }

    @Test
    void positions_stay_what_they_are_on_the_cluster_that_is_known() throws SQLException {
        migration(1, 1).perform();
        execute(insertEvent("1, 7000000000000"));

        migration(1, 1).perform();

        assertThat(text("select position_offset from tally.cluster")).isEqualTo("0");
    }

    /** Its session is that of whoever asks next, so a lock of one node is no lock. */
    @Test
    void the_owner_does_not_go_through_a_pooler(@TempDir Path home) throws IOException {
        assumeTrue(Pooler.program().isPresent(), "pgbouncer is not installed");
        for (var connections : List.of(1, 5)) {
            var files = home.resolve("pooler-" + connections);
            try (var pooler = Pooler.before(database, files, connections)) {
                var owner = pooler.dataSource(Role.TALLY_OWNER, 0);
                var flyway = Schema.flyway(owner, FOLDER);

                assertThatThrownBy(() -> new Migration(owner, flyway, 1, 1).perform())
                        .isInstanceOf(UnusableDatabase.class)
                        .hasMessageContaining("set TALLY_DB_OWNER_HOST and TALLY_DB_OWNER_PORT");
            }
        }
    }

    private static String insertEvent(String seqAndPosition) {
        return """
        insert into tally.event
            (event_time, seq, position, generation, event_mapper, aggregate_type,
             customer_id, aggregate_id, event_data)
        values (now(), %s, 1, 1, 1, 'anna', 'a', '')
        """
                .formatted(seqAndPosition);
    }

    private Migration migration(int release, int oldestServed) {
        var owner = database.dataSource(Role.TALLY_OWNER);
        return new Migration(owner, Schema.flyway(owner, FOLDER), release, oldestServed);
    }

    private void execute(String... statements) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private String text(String sql) throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
