package dev.tally.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.tally.bench.Script.Statement;
import dev.tally.local.Database;
import dev.tally.local.TestFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/** The SQL of an acquire is found in the database's log, and can be run for other customers. */
class CeilingIT {

    private static final int CLIENTS = 2;
    private static final int CUSTOMERS = 20;
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final long SAMPLE = 1_000;
    private static final Catalogue CATALOGUE = Catalogue.of(40, 4);

    private static Instant now;
    private static Database database;
    private static TestFolder folder;
    private static SampleHistory history;
    private static OwnSql own;

    private static long nextCustomer = 2_000;

    @BeforeAll
    static void capture() throws SQLException, IOException, InterruptedException {
        now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        // The database is embedded even if tests have a container, because the test reads its log
        // file.
        folder = TestFolder.in(Path.of("target/databases"));
        var home = folder.path();
        database = Database.embedded(home, 0).migrated();
        history = new SampleHistory(database, 42);
        history.prepare(CATALOGUE, now.minus(120, ChronoUnit.DAYS), now);
        history.customers(SAMPLE, OwnSql.CUSTOMERS, new UniformStory(CATALOGUE, now));
        own = OwnSql.of(database, home, CATALOGUE, SAMPLE);
    }

    @AfterAll
    static void stop() {
        database.close();
        if (!TestFolder.anyFailed()) folder.passed();
        folder.close();
    }

    @Test
    void an_acquire_moves_the_head_in_four_round_trips() {
        assertThat(own.acquire().revisionsMoved()).isPositive();
        assertThat(own.acquire().trips()).hasSize(4);
    }

    @Test
    void an_acquire_of_a_customer_in_memory_reads_nothing() {
        var withRead = own.acquire().statements().stream().map(Statement::sql).toList();

        assertThat(own.warmAcquire().statements())
                .extracting(Statement::sql)
                .isEqualTo(withRead.subList(1, withRead.size()));
    }

    @Test
    void a_query_is_one_statement_and_moves_nothing() {
        assertThat(own.read().statements()).hasSize(1);
        assertThat(own.read().revisionsMoved()).isZero();
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
        var idle = new Script(own.read().statements(), 1, Map.of());

        assertThatThrownBy(() -> new JdbcCeiling(database).saturate(idle, nextCustomers(), SHORT))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_head_that_has_moved_on_fails_the_whole_statement() throws Exception {
        var customers = nextCustomers();
        new JdbcCeiling(database).saturate(own.bestRenew(), customers, SHORT);
        var before = customers.revisions(database);

        assertThatThrownBy(
                        () ->
                                new JdbcCeiling(database)
                                        .saturate(own.bestAcquire(), customers, SHORT))
                .hasStackTraceContaining("generation");
        assertThat(customers.revisions(database)).isEqualTo(before);
    }

    private static void runsEverything(Ceiling ceiling) throws SQLException, InterruptedException {
        var scripts =
                List.of(
                        own.read(),
                        own.acquire(),
                        own.warmAcquire(),
                        own.renew().withoutTheDisk(),
                        own.bestRead(),
                        own.bestAcquire(),
                        own.bestRenew());
        for (var script : scripts) {
            var customers = nextCustomers();
            var before = customers.revisions(database);

            var measured = ceiling.saturate(script, customers, SHORT);

            assertThat(measured.latencies().getTotalCount()).isGreaterThan(CUSTOMERS);
            assertThat(customers.revisions(database) - before)
                    .isEqualTo(script.revisionsMoved() * measured.latencies().getTotalCount());
        }
        var slow = ceiling.atRate(own.acquire(), nextCustomers(), SHORT, 50);
        assertThat(slow.perSecond()).isBetween(25.0, 75.0);
        assertThat(slow.millisAt(50)).isPositive();
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
