package dev.tally.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.local.Database.Role;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;

class DatabaseTest {

    private static Database database;

    @BeforeAll
    static void start() throws IOException {
        database = Database.forTests().migrated();
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @Test
    void what_was_committed_survives_a_crash() throws SQLException {
        assertThat(show(Role.TALLY_APP, "fsync")).isEqualTo("on");
        assertThat(show(Role.TALLY_APP, "synchronous_commit")).isEqualTo("on");
        assertThat(show(Role.TALLY_APP, "full_page_writes")).isEqualTo("on");
    }

    @Test
    void the_application_keeps_plans_that_scan_no_table() throws SQLException {
        assertThat(show(Role.TALLY_APP, "plan_cache_mode")).isEqualTo("auto");
        assertThat(show(Role.TALLY_APP, "enable_seqscan")).isEqualTo("off");
        assertThat(show(Role.TALLY_APP, "enable_bitmapscan")).isEqualTo("off");
        assertThat(show(Role.TALLY_APP, "idle_in_transaction_session_timeout")).isEqualTo("2s");
        assertThat(show(Role.TALLY_APP, "search_path")).isEqualTo("tally");
    }

    @Test
    void the_roles_can_be_stated_twice() throws Exception {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            statement.execute(Files.readString(Path.of("db-migrations/roles.sql")));
        }
    }

    @Test
    void the_application_cannot_change_the_schema() throws SQLException {
        try (var connection = database.connect(Role.TALLY_APP);
                var statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("create table tally.mine (id int)"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getSQLState()).isEqualTo("42501"));
        }
    }

    private static String show(Role role, String setting) throws SQLException {
        try (var connection = database.connect(role);
                var statement = connection.createStatement();
                var row = statement.executeQuery("show " + setting)) {
            row.next();
            return row.getString(1);
        }
    }
}
