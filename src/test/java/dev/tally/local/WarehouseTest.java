package dev.tally.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.local.Database.Role;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Events are replicated to another cluster by the statements of the guide for DBAs. */
class WarehouseTest {

    private static final Path GUIDE = Path.of("db-migrations/README.md");
    private static final Pattern BLOCK = Pattern.compile("```\n(.*?)```", Pattern.DOTALL);

    private static final String OTHER_TABLES =
            """
            create table tally.customer (
                revision bigint, last_time timestamptz, snapshot_time timestamptz, generation integer,
                first_seq integer, last_seq integer, snapshot_seq integer, generation_bytes integer,
                customer_id text primary key);
            create table tally.event_mapper (
                number smallint primary key, aggregate_type smallint, name text, field_names text[],
                field_types text[], registered_at timestamptz);
            create table tally.aggregate_type (
                number smallint primary key, name text, registered_at timestamptz)
            """;

    @TempDir Path folder;

    @Test
    void a_warehouse_gets_events_of_new_months_too_and_forgets_whom_tally_erases()
            throws Exception {
        var logical = Map.of("wal_level", "logical");
        try (var tally = Database.embedded(home("tally"), 0, logical).migrated();
                var warehouse = Database.embedded(home("warehouse"), 0)) {
            var guide = statementsOfTheGuide();
            var url = tally.jdbcUrl(Role.POSTGRES);
            run(url, insert("anna", 1, "now()"));
            run(url, guide.getFirst().replace("'…'", "'secret'"));
            allowLogin(tally);
            var there = warehouse.jdbcUrl(Role.POSTGRES, "postgres");
            var tables = guide.get(1).split("create subscription", 2);
            run(there, tables[0] + OTHER_TABLES);
            run(
                    there,
                    "create subscription"
                            + tables[1]
                                    .replace("host=db", "host=localhost port=" + tally.port())
                                    .replace("…", "secret"));
            awaitEvents(there, "anna 1");

            run(url, "select tally.create_partition('event', now() + interval '9 months')");
            run(url, insert("anna", 2, "now() + interval '9 months'"), insert("bob", 1, "now()"));
            awaitEvents(there, "anna 1, anna 2, bob 1");

            for (var partition : partitions(url)) {
                run(url, "delete from tally." + partition + " where customer_id = 'anna'");
            }
            awaitEvents(there, "bob 1");
            run(there, "drop subscription tally");
        }
    }

    private Path home(String name) throws IOException {
        return Files.createDirectory(folder.resolve(name));
    }

    private static List<String> statementsOfTheGuide() throws IOException {
        var section =
                Files.readString(GUIDE)
                        .split("## Replication to a warehouse", 2)[1]
                        .split("\n## ", 2)[0];
        return BLOCK.matcher(section).results().map(block -> block.group(1)).toList();
    }

    private static void allowLogin(Database tally) throws SQLException, IOException {
        var url = tally.jdbcUrl(Role.POSTGRES);
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var row = statement.executeQuery("show hba_file")) {
            row.next();
            var rules = Path.of(row.getString(1));
            var access =
                    """
                    host all warehouse 127.0.0.1/32 scram-sha-256
                    host all warehouse ::1/128 scram-sha-256
                    """;
            Files.writeString(rules, Files.readString(rules) + access);
        }
        run(url, "select pg_reload_conf()");
    }

    private static String insert(String customer, int seq, String time) {
        return """
        insert into tally.customer values (%2$d, %3$s, now(), 1, 1, %2$d, 0, 0, '%1$s')
        on conflict (customer_id) do update set revision = excluded.revision, last_seq = excluded.last_seq;
        insert into tally.event
            (event_time, seq, generation, event_mapper, aggregate_type, customer_id, aggregate_id, event_data)
        values (%3$s, %2$d, 1, 1, 1, '%1$s', 'a', '')
        """
                .formatted(customer, seq, time);
    }

    private static List<String> partitions(String url) throws SQLException {
        return List.of(
                text(
                                url,
                                "select string_agg(name, ',') from tally.partition where"
                                        + " parent_table = 'event'")
                        .split(",", -1));
    }

    private static void awaitEvents(String url, String expected) {
        await().atMost(30, TimeUnit.SECONDS)
                .untilAsserted(
                        () ->
                                assertThat(
                                                text(
                                                        url,
                                                        "select string_agg(customer_id || ' ' ||"
                                                                + " seq, ', ' order by customer_id,"
                                                                + " seq) from tally.event"))
                                        .isEqualTo(expected));
    }

    private static void run(String url, String... statements) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            for (var sql : statements) statement.execute(sql);
        }
    }

    private static String text(String url, String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
