package dev.tally.bench;

import dev.tally.local.Database.Role;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures whether an acquire gets slower with age. There is one connection, so that no request
 * waits for another: the median latency is what one acquire costs.
 */
final class Growth {

    private static final long FIRST_CUSTOMER = 50_000_000;
    private static final long FIRST_FILLER = 60_000_000;

    /** The number of customers of each age, who take turns. */
    private static final int CUSTOMERS = 8;

    /** The number of requests in a round: so few that no customer reaches the limit of a device. */
    private static final int IN_TURN = 80;

    /**
     * The number of uniform customers that are timed in a database of some size, each once in a
     * round.
     */
    private static final int TIMED = IN_TURN;

    /** The number of titles that a round takes; each round takes others. */
    private static final int TITLES_OF_A_ROUND = IN_TURN / CUSTOMERS;

    /** How far back a read of a history goes: as far as the hot partitions. */
    private static final Duration HOT = Duration.ofDays(90);

    private static final List<Integer> AGES = List.of(10, 1_000, 100_000);

    private final Settings settings;
    private final SystemUnderTest system;
    private final SampleHistory history;
    private final Catalogue catalogue;
    private final Instant from;
    private final Instant now;
    private int nextRound;

    Growth(
            Settings settings,
            SystemUnderTest system,
            SampleHistory history,
            Catalogue catalogue,
            Instant from,
            Instant now) {
        this.settings = settings;
        this.system = system;
        this.history = history;
        this.catalogue = catalogue;
        this.from = from;
        this.now = now;
    }

    void measure(Report report) throws SQLException, IOException {
        report.section("Growth");
        report.say(
                "Median latency of an acquire over HTTP, one connection. Customers grow within the"
                        + " hot window, databases over 24 months.");
        ages(report);
        sizes(report);
    }

    private void ages(Report report) throws SQLException, IOException {
        var series = new ArrayList<Series>();
        var ages = AGES.stream().filter(age -> age <= settings.longest()).toList();
        for (int i = 0; i < ages.size(); i++) {
            history.customers(
                    FIRST_CUSTOMER + (long) i * CUSTOMERS,
                    CUSTOMERS,
                    new LongStory(catalogue, now.minus(HOT), now, ages.get(i)));
            series.add(new Series("%,d".formatted(ages.get(i))));
        }
        history.leaveUncounted();
        history.settle();
        for (int round = 0; round < 2 * settings.rounds() + 1; round++) {
            for (int i = 0; i < series.size(); i++) {
                series.get(i).add(acquires(FIRST_CUSTOMER + (long) i * CUSTOMERS, CUSTOMERS));
            }
        }
        report.table("growth of a customer", head("events of the customer"), rows(series));
        report.atMost(1.15, "acquire of an old customer, of a young one's", slowest(series));
    }

    /** Measures acquires in databases of several sizes, each with 24 months of partitions. */
    private void sizes(Report report) throws SQLException, IOException {
        empty();
        var series = new ArrayList<Series>();
        var filled = 0L;
        var filler = FIRST_FILLER;
        for (var size : settings.databaseSizes()) {
            var timed = FIRST_CUSTOMER + (1L + series.size()) * TIMED;
            filled += history.customers(timed, TIMED, new UniformStory(catalogue, now)).events();
            if (size > filled) {
                var more =
                        history.events(filler, size - filled, new UsualStory(catalogue, from, now));
                filled += more.events();
                filler += more.customers();
            }
            history.leaveUncounted();
            history.settle();
            var measured = new Series("%,d".formatted(filled));
            for (int round = 0; round < 2 * settings.rounds() + 1; round++) {
                measured.add(acquires(timed, TIMED));
            }
            series.add(measured);
        }
        report.table("growth of the database", head("events in the database"), rows(series));
        report.atMost(1.15, "acquire in a large database, of a small one's", slowest(series));
    }

    private void empty() throws SQLException {
        try (var connection = system.database().connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            statement.execute("truncate tally.event, tally.snapshot, tally.customer");
        }
    }

    /** Acquires each title once for each customer, and none of the titles that the stories use. */
    private Measured acquires(long firstCustomer, int customers) {
        var round = nextRound++;
        return system.load("edge", 1)
                .inTurn(
                        IN_TURN,
                        n ->
                                Benchmark.acquire(
                                        firstCustomer + n % customers,
                                        catalogue.titles().size()
                                                - 1
                                                - (int) (n / customers)
                                                - round * TITLES_OF_A_ROUND));
    }

    private static double slowest(List<Series> series) {
        var first = series.getFirst();
        return series.stream()
                .mapToDouble(s -> s.millisAt(50) / first.millisAt(50))
                .max()
                .orElse(1);
    }

    private static List<String> head(String what) {
        return List.of(what, "p50 ms", "of the first", "p99 ms");
    }

    private static List<List<Object>> rows(List<Series> series) {
        var first = series.getFirst();
        return series.stream()
                .map(
                        s ->
                                List.<Object>of(
                                        s.name(),
                                        s.millisAt(50),
                                        s.millisAt(50) / first.millisAt(50),
                                        s.millisAt(99)))
                .toList();
    }
}
