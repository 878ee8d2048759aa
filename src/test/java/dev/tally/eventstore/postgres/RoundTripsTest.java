package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.History;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Notes.ReadOnce;
import dev.tally.eventstore.Notes.Written;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Relay;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import javax.sql.DataSource;

/**
 * The round trips and statements that a command and a query send to the database, read on the wire.
 */
class RoundTripsTest {

    private static Database database;
    private static Relay relay;
    private static Stores cold;
    private static Stores warm;

    private final String customer = "customer-" + Ids.next();
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    @BeforeAll
    static void start() throws IOException, SQLException {
        database = Database.forTests().migrated().hurried();
        relay = Relay.to(database);
        cold = new Stores(oneConnection(), Notes.FIRST, Settings.cold(50));
        warm = new Stores(oneConnection(), Notes.FIRST, Settings.SHIPPED);
    }

    @AfterAll
    static void stop() throws IOException {
        cold.close();
        warm.close();
        relay.close();
        database.close();
    }

    /** One connection as a pool lends it: connecting is not counted, and closing returns it. */
    private static DataSource oneConnection() throws SQLException {
        var source = new PGSimpleDataSource();
        source.setURL(
                "jdbc:postgresql://localhost:%d/tally?user=%s&reWriteBatchedInserts=true"
                        .formatted(relay.port(), Role.TALLY_APP.user()));
        return new LentConnection(source.getConnection());
    }

    @Test
    void a_command_of_a_cold_customer_takes_four_round_trips() {
        append(cold, new Written("a", "text", null));

        assertThat(roundTrips(() -> append(cold, three()))).isEqualTo(4);
    }

    @Test
    void a_command_of_a_warm_customer_takes_three() {
        append(warm, new Written("a", "text", null));

        assertThat(roundTrips(() -> append(warm, three()))).isEqualTo(3);
    }

    @Test
    void a_query_takes_one() {
        append(cold, new Written("a", "text", null));
        append(warm, new Written("a", "text", null));

        assertThat(roundTrips(() -> query(cold))).isEqualTo(1);
        query(warm);
        assertThat(roundTrips(() -> query(warm))).isEqualTo(1);
    }

    @Test
    void a_command_that_closes_a_generation_takes_one_more() {
        append(cold, new ReadOnce("a"));

        assertThat(roundTrips(() -> append(cold, many(49)))).isEqualTo(5);
        assertThat(read(cold).head().generation()).isEqualTo(2);
    }

    @Test
    void each_further_batch_of_fifty_events_takes_one_more() {
        append(cold, new Written("a", "text", null));

        assertThat(roundTrips(() -> append(cold, many(120)))).isEqualTo(4 + 2 + 1);
    }

    /** The read of a past state costs the same, however much came later. */
    @Test
    void a_past_state_is_read_from_its_generation_alone() {
        append(cold, many(120));
        var then = append(cold, new Written("a", "text", null));
        append(cold, many(10));
        asOf(then);
        var bytes = bytesAnswered(() -> asOf(then));

        for (int i = 0; i < 10; i++) append(cold, many(100));
        assertThat(bytesAnswered(() -> asOf(then))).isCloseTo(bytes, withinPercentage(1));
    }

    private void asOf(Instant then) {
        cold.store().readAsOf(customer, then, Notes.FIRST.fold());
    }

    private static long bytesAnswered(Runnable work) {
        var before = relay.bytesAnswered();
        work.run();
        return relay.bytesAnswered() - before;
    }

    /** A command that loses a race finds out before it has inserted anything. */
    @Test
    void the_head_moves_before_any_row_is_inserted() {
        append(cold, new Written("a", "text", null));
        var history = read(cold);

        var sent = relay.statementsOf(() -> append(cold, history, three()));

        assertThat(sent.stream().map(RoundTripsTest::verb).distinct())
                .containsExactly("begin", "update tally.customer", "insert tally.event", "commit");
    }

    @Test
    void the_loser_of_a_race_inserts_nothing() {
        append(cold, new Written("a", "text", null));
        var history = read(cold);
        append(warm, new Written("b", "text", null));

        var sent =
                relay.statementsOf(
                        () -> {
                            try {
                                append(cold, history, three());
                            } catch (WrongVersion e) {
                                // The race is lost, as expected.
                            }
                        });

        assertThat(sent.stream().map(RoundTripsTest::verb))
                .contains("update tally.customer")
                .noneMatch(verb -> verb.startsWith("insert"));
    }

    private static String verb(String statement) {
        var words = statement.strip().toLowerCase(Locale.ROOT).split("\\s+", 4);
        return switch (words[0]) {
            case "update" -> "update " + words[1];
            case "insert" -> "insert " + words[2];
            default -> words[0];
        };
    }

    private static long roundTrips(Runnable work) {
        var before = relay.roundTrips();
        work.run();
        return relay.roundTrips() - before;
    }

    private History<Notes> read(Stores node) {
        return node.store().read(customer, Notes.FIRST.fold());
    }

    private void query(Stores node) {
        node.store().readConfirmed(customer, Notes.FIRST.fold());
    }

    private Instant append(Stores node, Record... events) {
        return append(node, read(node), events);
    }

    /** Appends events, and returns their time. */
    private Instant append(Stores node, History<Notes> history, Record... events) {
        var at = history.timeOf(now);
        node.store().append(history, CommandId.generated(Ids.next()), null, at, List.of(events));
        return at;
    }

    private static Record[] three() {
        return many(3);
    }

    private static Record[] many(int count) {
        var events = new Record[count];
        Arrays.fill(events, new ReadOnce("a"));
        return events;
    }
}
