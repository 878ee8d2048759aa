package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Notes.Drawn;
import dev.tally.eventstore.Notes.ReadOnce;
import dev.tally.eventstore.Notes.Written;
import dev.tally.eventstore.codec.EventModel;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** History as auditors read it: in SQL, as {@code tally_reader}. */
class EventHistoryViewTest {

    private static Database database;

    private final String customer = "customer-" + Ids.next();

    @BeforeAll
    static void start() throws IOException {
        database = Database.forTests().migrated();
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @Test
    void an_event_reads_as_a_sentence() throws SQLException {
        append(
                Notes.FIRST,
                new Caller("edge", "gateway-7"),
                new Written("a", "hello \"you\"", null));

        assertThat(
                        rows(
                                """
                                select concat_ws(' ', row_id, event_id, event, event_mapper,
                                    aggregate_type, aggregate_id, command_id, caller, payload)
                                """))
                .containsExactly(
                        customer
                                + ":Note:1 1 Written Written/1 Note a key-1 edge:gateway-7"
                                + " {\"text\": \"hello \\\"you\\\"\"}");
    }

    @Test
    void every_event_of_a_command_says_which_it_was_and_who_called() throws SQLException {
        append(
                Notes.FIRST,
                new Caller("edge", "gateway-7"),
                new Written("a", "a", null),
                new ReadOnce("a"),
                new ReadOnce("a"));
        append(Notes.FIRST, null, new Written("b", "b", null), new ReadOnce("b"));

        assertThat(rows("select concat_ws(' ', seq, command_id, caller)"))
                .containsExactly(
                        "1 key-1 edge:gateway-7",
                        "2 key-1 edge:gateway-7",
                        "3 key-1 edge:gateway-7",
                        "4 key-2",
                        "5 key-2");
        assertThat(rows("select count(distinct event_time)")).containsExactly("2");
    }

    @Test
    void what_no_application_has_named_is_shown_by_its_number() throws SQLException {
        append(Notes.SECOND, null, new Written("a", "a", "red"), new Drawn("b"));
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute("delete from tally.event_mapper where number in (4, 5)");
            statement.execute("delete from tally.aggregate_type where number = 3");
        }

        assertThat(
                        rows(
                                """
                                select concat_ws(' ', row_id, event, event_mapper, aggregate_type,
                                    payload is null)
                                """))
                .containsExactly(
                        customer + ":Note:1 mapper 4 mapper 4 Note t",
                        customer + ":type 3:1 mapper 5 mapper 5 type 3 t");
    }

    @Test
    void the_reader_sees_the_view_and_not_the_table() throws SQLException {
        try (var connection = reader();
                var statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("select * from tally.event"))
                    .hasMessageContaining("permission denied");
        }
    }

    /**
     * Result columns of a function have no collation unless their type sets it, and without it the
     * index is not used.
     */
    @Test
    void a_customer_is_found_by_index_in_every_view() throws SQLException {
        for (var view :
                List.of(
                        "event_history",
                        "license_current",
                        "licenses_at(now())",
                        "session_current",
                        "sessions_at(now())",
                        "device_current",
                        "download_counted",
                        "customer_policy",
                        "customer_size",
                        "retirement")) {
            assertThat(scansOfCustomers(view))
                    .as(view)
                    .isNotEmpty()
                    .allMatch(
                            scan ->
                                    scan.contains("Index Cond: (customer_id = 'anna'")
                                            || scan.contains("Index Cond: ((customer_id = 'anna'"));
        }
    }

    /** The scans of tables with rows of customers in the plan of a query about one customer. */
    private static List<String> scansOfCustomers(String view) throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            statement.execute("set enable_seqscan = off");
            statement.execute("set enable_bitmapscan = off");
            var plan =
                    texts(
                            statement.executeQuery(
                                    "explain select * from tally.%s where customer_id = 'anna'"
                                            .formatted(view)));
            var scans = new ArrayList<String>();
            for (int i = 0; i < plan.size(); i++) {
                // Lookups for each row are in a plan of their own, which is not examined.
                if (plan.get(i).contains("SubPlan")) break;
                if (plan.get(i).matches(".* on (event_2|customer|sifted).*")) {
                    scans.add(plan.get(i).strip() + " " + plan.get(i + 1).strip());
                }
            }
            return scans;
        }
    }

    @Test
    void every_table_column_view_and_function_has_a_comment() throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            var without =
                    texts(
                            statement.executeQuery(
                                    """
                                    select c.relname || coalesce('.' || a.attname, '') as object
                                    from pg_class c
                                    left join pg_attribute a
                                      on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                                    where c.relnamespace = 'tally'::regnamespace
                                      and c.relkind in ('r', 'p', 'v') and not c.relispartition
                                      and c.relname <> 'flyway_schema_history'
                                      and (col_description(c.oid, a.attnum) is null
                                           or obj_description(c.oid, 'pg_class') is null)
                                    union all
                                    select p.proname || '()' from pg_proc p
                                    where p.pronamespace = 'tally'::regnamespace
                                      and obj_description(p.oid, 'pg_proc') is null
                                    """));
            assertThat(without).isEmpty();
        }
    }

    private int commands;

    private void append(EventModel<Notes> model, Caller caller, Record... events) {
        try (var node = new Stores(database, model, Settings.SHIPPED)) {
            var history = node.store().read(customer, model.fold());
            var key = "key-" + ++commands;
            node.store()
                    .append(
                            history,
                            new CommandId(key, 7),
                            caller,
                            history.timeOf(Instant.now()),
                            List.of(events));
        }
    }

    /** The customer's rows of the view, in order. */
    private List<String> rows(String select) throws SQLException {
        try (var connection = reader();
                var query =
                        connection.prepareStatement(
                                "select * from ("
                                        + select
                                        + " as text from (select * from tally.event_history where"
                                        + " customer_id = ? order by seq) h) as rows")) {
            query.setString(1, customer);
            return texts(query.executeQuery());
        }
    }

    private static List<String> texts(java.sql.ResultSet rows) throws SQLException {
        var texts = new ArrayList<String>();
        while (rows.next()) {
            texts.add(rows.getString(1));
        }
        return texts;
    }

    private static Connection reader() throws SQLException {
        return database.connect(Role.TALLY_READER);
    }
}
