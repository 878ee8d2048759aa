package dev.tally.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;

import dev.tally.local.Database.Role;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;

class DatabaseTest {

    private static Database database;

    @BeforeAll
    static void start() throws IOException, SQLException {
        database = Database.forTests().migrated();
        // Tests have lifted limits of time, and here they are as they ship.
        stateRoles();
    }

    private static void stateRoles() throws IOException, SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            statement.execute(Files.readString(Path.of("db-migrations/roles.sql")));
        }
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
        assertThat(show(Role.TALLY_APP, "jit")).isEqualTo("off");
        assertThat(show(Role.TALLY_OWNER, "jit")).isEqualTo("off");
        assertThat(show(Role.TALLY_APP, "idle_in_transaction_session_timeout")).isEqualTo("2s");
        assertThat(show(Role.TALLY_APP, "search_path")).isEqualTo("tally");
    }

    @Test
    void the_roles_can_be_stated_twice() throws Exception {
        stateRoles();
    }

    /** An upgrade of the operating system may order texts otherwise, and so break an index. */
    @Test
    void no_index_depends_on_a_collation_that_may_change() throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                """
                                select count(*),
                                    string_agg(i.indexrelid::regclass::text, ' ')
                                        filter (where c.collname <> 'C')
                                from pg_index i
                                cross join unnest(i.indcollation) as o (id)
                                join pg_collation c on c.oid = o.id
                                join pg_class t on t.oid = i.indrelid
                                where t.relnamespace = 'tally'::regnamespace
                                """)) {
            row.next();
            assertThat(row.getInt(1)).isGreaterThan(10);
            assertThat(row.getString(2)).isNull();
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

    @Test
    void the_superuser_of_an_embedded_server_needs_the_password_in_a_secret_file(@TempDir Path home)
            throws Exception {
        try (var embedded = Database.embedded(home, 0)) {
            var url = "jdbc:postgresql://localhost:%d/postgres?user=".formatted(embedded.port());
            assertThatThrownBy(() -> DriverManager.getConnection(url + "postgres"))
                    .hasMessageContaining("password");
            assertThatThrownBy(() -> DriverManager.getConnection(url + "postgres&password=guess"))
                    .hasMessageContaining("password authentication failed");
            embedded.connect(Role.POSTGRES).close();
            embedded.connect(Role.TALLY_READER).close();
        }
        assertThat(home.resolve("superuser.password")).isRegularFile();
        assertThat(Files.getPosixFilePermissions(home.resolve("superuser.password")))
                .containsExactlyInAnyOrder(OWNER_READ, OWNER_WRITE);
    }

    /** The data of a launcher from before the superuser had a password. */
    @Test
    void a_server_whose_superuser_has_no_password_yet_gets_one(@TempDir Path home)
            throws Exception {
        Database.embedded(home, 0).close();
        Files.delete(home.resolve("superuser.password"));

        try (var again = Database.embedded(home, 0)) {
            again.connect(Role.POSTGRES).close();
            var url = "jdbc:postgresql://localhost:" + again.port() + "/postgres?user=postgres";
            assertThatThrownBy(() -> DriverManager.getConnection(url))
                    .hasMessageContaining("password");
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
