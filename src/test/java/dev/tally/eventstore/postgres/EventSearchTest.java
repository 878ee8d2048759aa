package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventSearch.Hit;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Notes.Written;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.LocalPersistence;
import dev.tally.runtime.Ids;

import jakarta.persistence.EntityManagerFactory;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Customers are found by what stands in their events. */
class EventSearchTest {

    private static Database database;
    private static Stores stores;
    private static EntityManagerFactory factory;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final String anna = "anna-" + Ids.next();
    private final String bert = "bert-" + Ids.next();

    @BeforeAll
    static void connect() throws IOException {
        database = Database.forTests().migrated().hurried();
        stores = new Stores(database, Notes.FIRST, Settings.cold(50));
        factory = LocalPersistence.on(database.dataSource(Role.TALLY_APP));
    }

    @AfterAll
    static void stop() {
        factory.close();
        stores.close();
        database.close();
    }

    /** The id of the command. */
    private String append(String customer, Record... events) {
        var id = Ids.next();
        var history = stores.store().read(customer, Notes.FIRST.fold());
        stores.store()
                .append(
                        history,
                        CommandId.generated(id),
                        null,
                        history.timeOf(now),
                        List.of(events));
        return id;
    }

    private List<Hit> find(String id) {
        return find(id, now.minusSeconds(60), now.plusSeconds(60), 10);
    }

    private static List<Hit> find(String id, Instant from, Instant to, int limit) {
        return factory.callInTransaction(
                em -> {
                    var search = new PostgresEventSearch();
                    search.entityManager = em;
                    return search.find(id, from, to, limit);
                });
    }

    @Test
    void whoever_has_an_aggregate_is_found_with_the_newest_event_of_it() {
        var note = "note-" + Ids.next();
        append(anna, written(note));
        append(anna, written("other"), written(note));
        append(bert, written(note));

        assertThat(find(note))
                .extracting(Hit::customerId, Hit::seq, Hit::isCommand)
                .containsExactly(tuple(anna, 3, false), tuple(bert, 1, false));
        assertThat(find(note, now.minusSeconds(60), now.plusSeconds(60), 1)).hasSize(1);
    }

    @Test
    void whoever_a_command_was_about_is_found() {
        var command = append(anna, written("a"), written("b"));

        assertThat(find(command))
                .extracting(Hit::customerId, Hit::seq, Hit::isCommand)
                .containsExactly(tuple(anna, 1, true));
    }

    @Test
    void nothing_is_found_outside_of_the_time() {
        var command = append(anna, written("a"));

        assertThat(find(command, now.minusSeconds(60), now.minusSeconds(1), 10)).isEmpty();
        assertThat(find(command, now.plusSeconds(60), now.plusSeconds(120), 10)).isEmpty();
    }

    @Test
    void an_erased_customer_is_not_found() {
        var command = append(anna, written("a"));
        stores.store().erase(anna, now, seq -> {});

        assertThat(find(command)).isEmpty();
    }

    /** Otherwise a search would read a month. */
    @Test
    void a_short_time_is_found_by_the_coarse_index() throws SQLException {
        append(anna, written("a"));
        var sql =
                PostgresEventSearch.text(now.minusSeconds(60), now.plusSeconds(60))
                        .replace(":id", "'a'")
                        .replace(":limit", "10");
        try (var app = database.connect(Role.TALLY_APP);
                var statement = app.createStatement()) {
            statement.execute("set enable_seqscan = off");
            statement.execute("set enable_bitmapscan = on");
            try (var rows = statement.executeQuery("explain " + sql)) {
                var plan = new StringBuilder();
                while (rows.next()) plan.append(rows.getString(1)).append('\n');
                assertThat(plan.toString())
                        .contains("Bitmap Index Scan on event_")
                        .contains("event_time >=");
            }
        }
    }

    private static Written written(String note) {
        return new Written(note, "text of " + note, null);
    }
}
