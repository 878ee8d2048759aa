package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.ids.DeviceId;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.write.LicensingFolds;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** What a hot read touches, and what it finds where it has to look further back. */
class ReadStreamsTest {

    private static final List<Fold<?>> DEVICES = List.of(LicensingFolds.DEVICES);
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final Instant longAgo = now.minus(400, ChronoUnit.DAYS);
    private static final int EVENTS_PER_GENERATION = 3;

    private static Database database;
    private static Stores stores;

    private final String customer = "customer-" + Ids.next();

    @BeforeAll
    static void partitionsOfMoreThanAYear() throws IOException, SQLException {
        database = Database.forTests().migrated();
        stores = new Stores(database, EVENTS_PER_GENERATION);
        AgedMonths.in(database);
    }

    @AfterAll
    static void stop() {
        stores.close();
        database.close();
    }

    @Test
    void a_read_locks_no_archived_partition_however_often_it_runs() throws SQLException {
        activate("phone", now);

        try (var connection = database.connect(Role.TALLY_APP);
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int times = 0; times < 10; times++) {
                statement.execute("select tally.read_streams('" + customer + "', '{V}')");
            }
            var locked = new ArrayList<String>();
            try (var rows =
                    statement.executeQuery(
                            """
                            select p.tier || ' ' || p.parent_table
                            from pg_locks l
                            join tally.partition p on l.relation = ('tally.' || p.name)::regclass
                            where l.pid = pg_backend_pid()
                            """)) {
                while (rows.next()) {
                    locked.add(rows.getString(1));
                }
            }
            assertThat(locked)
                    .contains("HOT event")
                    .doesNotContain("ARCHIVE event", "ARCHIVE snapshot");
        }
    }

    @Test
    void a_customer_silent_since_before_the_hot_partitions_is_read_all_the_same() {
        activate("phone", longAgo);

        assertThat(devices()).containsExactly("phone");
        activate("tablet", now);
        assertThat(devices()).containsExactlyInAnyOrder("phone", "tablet");
    }

    @Test
    void a_snapshot_from_before_the_hot_partitions_is_found() {
        for (int device = 1; device <= EVENTS_PER_GENERATION; device++) {
            activate("device-" + device, longAgo.plusSeconds(device));
        }

        var history = read();

        assertThat(history.stream(LicensingFolds.DEVICES).replayed()).isFalse();
        assertThat(history.stream(LicensingFolds.DEVICES).head().generation()).isEqualTo(2);
        assertThat(devices()).hasSize(EVENTS_PER_GENERATION);
    }

    private void activate(String device, Instant at) {
        stores.use(
                store ->
                        store.append(
                                store.read(customer, DEVICES),
                                CommandId.of(Ids.next()),
                                at,
                                List.of(new DeviceActivated(new DeviceId(device), null, at))));
    }

    private History read() {
        return stores.use(store -> store.read(customer, DEVICES));
    }

    private List<String> devices() {
        return read().state(LicensingFolds.DEVICES).byId().keySet().stream()
                .map(DeviceId::value)
                .toList();
    }
}
