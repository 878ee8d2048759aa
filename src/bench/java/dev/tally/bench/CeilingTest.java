package dev.tally.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.tally.eventstore.postgres.Stores;
import dev.tally.ids.DeviceId;
import dev.tally.local.Database;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.SplittableRandom;

/** The SQL of an acquire is found in the log, and runs again for other customers. */
class CeilingTest {

    private static final int CLIENTS = 2;
    private static final int CUSTOMERS = 20;
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final long SAMPLE = 1_000;
    private static final Catalogue CATALOGUE = Catalogue.of(40, 4);

    private static Instant now;
    private static Database database;
    private static SampleHistory history;
    private static Script acquire;
    private static BestSql best;

    private static long nextCustomer = 2_000;

    @BeforeAll
    static void capture() throws SQLException, IOException, InterruptedException {
        now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        // Embedded, also where tests have a container: its log is a file.
        var home =
                Files.createTempDirectory(Files.createDirectories(Path.of("target")), "ceiling-");
        database = Database.embedded(home, 0).migrated();
        history = new SampleHistory(database, 42);
        history.prepare(CATALOGUE, now.minus(120, ChronoUnit.DAYS), now);
        history.customers(SAMPLE, 1, new UniformStory(CATALOGUE, now));
        try (var stores = new Stores(database, SampleHistory.EVENTS_PER_GENERATION)) {
            acquire =
                    new LoggedSql(database, home)
                            .script(SAMPLE, n -> acquire(stores, UniformStory.DOWNLOADS + n));
        }
        best = BestSql.likeLastCommand(database, Long.toString(SAMPLE), nextCustomers().id(0, 0));
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @Test
    void the_sql_of_an_acquire_moves_two_heads() {
        assertThat(acquire.revisionsMoved()).isEqualTo(2);
        assertThat(acquire.statements()).hasSizeBetween(2, 8);
    }

    @Test
    void pgbench_runs_it() throws SQLException, InterruptedException {
        assumeThat(Pgbench.isInstalled()).isTrue();

        runsEverything(new Pgbench(database));
    }

    @Test
    void the_driver_runs_it() throws SQLException, InterruptedException {
        runsEverything(new JdbcCeiling(database));
    }

    @Test
    void what_moves_no_head_is_noticed() {
        var idle = new Script(best.command().statements().subList(0, 1), 2, Map.of());

        assertThatThrownBy(() -> new JdbcCeiling(database).saturate(idle, nextCustomers(), SHORT))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_head_that_has_moved_on_fails_the_whole_statement() throws Exception {
        var customers = nextCustomers();
        new JdbcCeiling(database).saturate(best.oneEvent(), customers, SHORT);
        var before = customers.revisions(database);

        assertThatThrownBy(
                        () -> new JdbcCeiling(database).saturate(best.command(), customers, SHORT))
                .hasStackTraceContaining("generation");
        assertThat(customers.revisions(database)).isEqualTo(before);
    }

    private static void runsEverything(Ceiling ceiling) throws SQLException, InterruptedException {
        var keptPlans = best.command().withKeptPlans();
        for (var script : new Script[] {acquire, best.oneEvent(), keptPlans}) {
            var customers = nextCustomers();
            var before = customers.revisions(database);

            var measured = ceiling.saturate(script, customers, SHORT);

            assertThat(measured.latencies().getTotalCount()).isGreaterThan(CUSTOMERS);
            assertThat(customers.revisions(database) - before)
                    .isEqualTo(script.revisionsMoved() * measured.latencies().getTotalCount());
        }
        var slow = ceiling.atRate(acquire, nextCustomers(), SHORT, 50);
        assertThat(slow.perSecond()).isBetween(25.0, 75.0);
        assertThat(slow.millisAt(50)).isPositive();
    }

    private static void acquire(Stores stores, int title) {
        var acquired =
                stores.inTransaction(
                        store ->
                                new Member(
                                                Long.toString(SAMPLE),
                                                store,
                                                new SplittableRandom(title))
                                        .acquire(
                                                CATALOGUE.title(title),
                                                new DeviceId("device-1"),
                                                null,
                                                now.plusSeconds(title)));
        assertThat(acquired).isPresent();
    }

    private static Customers nextCustomers() throws SQLException {
        var customers = Customers.ofAll(nextCustomer, CUSTOMERS, CLIENTS);
        nextCustomer += CUSTOMERS;
        try {
            history.customers(customers.first(), CUSTOMERS, new UniformStory(CATALOGUE, now));
        } catch (IOException e) {
            throw new SQLException(e);
        }
        return customers;
    }
}
