package dev.tally.bench;

import dev.tally.eventstore.postgres.Stores;
import dev.tally.licensing.write.AccountModel;

import java.sql.SQLException;
import java.util.List;

/**
 * Compares the application's store, without HTTP and without a container, with the statements that
 * it sends. The store runs cold, where each call reads the database, and warm, with all customers
 * in memory.
 */
final class StoreAlone {

    private static final int CONNECTIONS = SystemUnderTest.CONNECTIONS;

    /** Memory for all customers of a measurement. */
    private static final int WARM_KILOBYTES = 512 * 1024;

    private final Settings settings;
    private final SystemUnderTest system;
    private final CustomerSupply supply;
    private final OwnSql own;
    private final Ceiling ceiling;
    private final JdbcCeiling driver;

    StoreAlone(
            Settings settings,
            SystemUnderTest system,
            CustomerSupply supply,
            OwnSql own,
            Ceiling ceiling) {
        this.settings = settings;
        this.system = system;
        this.supply = supply;
        this.own = own;
        this.ceiling = ceiling;
        this.driver = new JdbcCeiling(system.database());
    }

    void measure(Report report) throws SQLException, InterruptedException {
        try (var forCold = system.pool();
                var forWarm = system.pool();
                var coldNode = new Stores(forCold, AccountModel.MODEL, node(0));
                var warmNode = new Stores(forWarm, AccountModel.MODEL, node(WARM_KILOBYTES))) {
            var cold = new StoreLoad(coldNode, CONNECTIONS);
            var warm = new StoreLoad(warmNode, CONNECTIONS);
            var customers = supply.fresh();
            var kept = supply.fresh();
            warmUp(cold, customers);
            warmUp(warm, kept);
            reading(report, cold, warm, customers, kept);
            commands(report, cold, warm, customers, kept);
            oneHotCustomer(report, cold, customers);
        }
    }

    private static Stores.Settings node(int warmKilobytes) {
        return new Stores.Settings(SampleHistory.EVENTS_PER_GENERATION, warmKilobytes);
    }

    /** Runs the load until its code is compiled and a warm node has all customers in memory. */
    private void warmUp(StoreLoad load, Customers customers) throws InterruptedException {
        var share = settings.warmUp().dividedBy(8);
        load.read(share, n -> id(customers, n));
        load.saturate(share, n -> id(customers, n));
    }

    private void reading(
            Report report, StoreLoad cold, StoreLoad warm, Customers customers, Customers kept)
            throws SQLException, InterruptedException {
        var byCeiling = new Series("its statement, by " + ceiling.name());
        var byDriver = new Series("its statement, by the driver");
        var best = new Series("the best SQL, by " + ceiling.name());
        var coldly = new Series("the store, cold");
        var warmly = new Series("the store, warm: one look at the head");
        var read = supply.fresh();
        for (int round = 0; round < settings.rounds(); round++) {
            byCeiling.add(ceiling.saturate(own.read(), read, settings.phase()));
            byDriver.add(driver.saturate(own.read(), read, settings.phase()));
            best.add(ceiling.saturate(own.bestRead(), read, settings.phase()));
            coldly.add(cold.read(settings.phase(), n -> id(customers, n)));
            warmly.add(warm.read(settings.phase(), n -> id(kept, n)));
        }
        report.section(
                "The store alone: reading an account, %d connections".formatted(CONNECTIONS));
        report.table(
                "store reading",
                Series.HEAD,
                rows(List.of(byCeiling, byDriver, best, coldly, warmly)));
        report.atLeast(
                0.75, "the store reading, of its statement's throughput", coldly.over(byDriver));
    }

    private void commands(
            Report report, StoreLoad cold, StoreLoad warm, Customers customers, Customers kept)
            throws SQLException, InterruptedException {
        var byDriver = new Series("its statements, by the driver");
        var byCeiling = new Series("its statements, by " + ceiling.name());
        var bestByDriver = new Series("the best SQL, by the driver");
        var best = new Series("the best SQL, by " + ceiling.name());
        var coldly = new Series("the store, cold");
        var warmly = new Series("the store, warm");
        for (int round = 0; round < settings.rounds(); round++) {
            byDriver.add(driver.saturate(own.renew(), supply.fresh(), settings.phase()));
            byCeiling.add(ceiling.saturate(own.renew(), supply.fresh(), settings.phase()));
            bestByDriver.add(driver.saturate(own.bestRenew(), supply.fresh(), settings.phase()));
            best.add(ceiling.saturate(own.bestRenew(), supply.fresh(), settings.phase()));
            coldly.add(cold.saturate(settings.phase(), n -> id(customers, n)).measured());
            warmly.add(warm.saturate(settings.phase(), n -> id(kept, n)).measured());
        }
        report.section(
                "The store alone: one event a command, %d connections".formatted(CONNECTIONS));
        report.table(
                "store",
                Series.HEAD,
                rows(List.of(byDriver, byCeiling, bestByDriver, best, coldly, warmly)));
        report.atLeast(
                0.8,
                "the store alone, cold, of its statements' throughput by the driver",
                coldly.over(byDriver));
        report.atLeast(
                1.2,
                "the store alone, warm, of the cold statements' throughput by the driver",
                warmly.over(byDriver));
    }

    private static List<List<Object>> rows(List<Series> series) {
        return series.stream().map(s -> s.row(series.getFirst())).toList();
    }

    private void oneHotCustomer(Report report, StoreLoad cold, Customers customers)
            throws InterruptedException {
        var hot = cold.saturate(settings.phase(), n -> Long.toString(customers.first()));
        report.section("One hot customer, %d connections".formatted(CONNECTIONS));
        report.say(
                "%,.0f commands a second stored, %.3f lost races for each; the longest history read had %,d events."
                        .formatted(
                                hot.measured().perSecond(),
                                hot.lostPerSuccess(),
                                hot.mostEvents()));
        report.atLeast(3_000, "commands a second on a hot customer", hot.measured().perSecond());
        report.atMost(0, "lost races per command on a hot customer", hot.lostPerSuccess());
    }

    private String id(Customers customers, long n) {
        return Long.toString(customers.first() + n % settings.customers());
    }
}
