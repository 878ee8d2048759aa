package dev.tally.bench;

import dev.tally.eventstore.postgres.Stores;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.ids.DeviceId;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.Database;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;

/**
 * The SQL that the application's store sends, read from the database's log.
 *
 * @param read of a query about a customer who is not in memory
 * @param acquire of an acquire of a customer who is not in memory: the same read, and the
 *     statements that store
 * @param warmAcquire of an acquire of a customer who is in memory: only the statements that store
 * @param renew of a renewal, which is one event, of a customer who is not in memory
 * @param bestRead the best SQL for the same work as {@code read}; the next two are the same for the
 *     others
 */
record OwnSql(
        Script read,
        Script acquire,
        Script warmAcquire,
        Script renew,
        Script bestRead,
        Script bestAcquire,
        Script bestRenew) {

    private static final DeviceId DEVICE = new DeviceId("device-1");

    /**
     * The number of customers that are needed, each with the history of the {@link UniformStory}.
     */
    static final int CUSTOMERS = 4;

    /**
     * Runs each call and reads its SQL from the log.
     *
     * @param home the folder given to {@link Database#embedded}
     * @param first the first of the unused customers; the one after them is not changed
     */
    static OwnSql of(Database database, Path home, Catalogue catalogue, long first)
            throws SQLException, IOException, InterruptedException {
        var logged = new LoggedSql(database, home);
        try (var cold = node(database, Settings.cold(SampleHistory.EVENTS_PER_GENERATION));
                var warm = node(database, Settings.SHIPPED)) {
            var reader = Long.toString(first);
            var read = logged.script(first, n -> cold.store().read(reader, AccountModel.FOLD));
            var acquire = logged.script(first, n -> acquire(cold, catalogue, first, n));
            warm.store().readConfirmed(Long.toString(first + 1), AccountModel.FOLD);
            var warmAcquire = logged.script(first + 1, n -> acquire(warm, catalogue, first + 1, n));
            var load = new StoreLoad(cold, 1);
            var renewer = Long.toString(first + 2);
            var renew = logged.script(first + 2, n -> load.renew(renewer, Instant.now()));
            var untouched = Long.toString(first + 3);
            var bestAcquire = BestSql.likeLastCommand(database, reader, untouched);
            var bestRenew = BestSql.likeLastCommand(database, renewer, untouched);
            return new OwnSql(
                    read,
                    acquire,
                    warmAcquire,
                    renew,
                    bestAcquire.query().withKeptPlans(),
                    bestAcquire.command().withKeptPlans(),
                    bestRenew.command().withKeptPlans());
        }
    }

    private static Stores node(Database database, Settings settings) {
        var connections = SystemUnderTest.asTheServerConnects(database);
        connections.setApplicationName(LoggedSql.APPLICATION);
        return new Stores(connections, AccountModel.MODEL, settings);
    }

    private static void acquire(Stores node, Catalogue catalogue, long customer, int number) {
        var at = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        var member =
                new Member(Long.toString(customer), node.store(), new SplittableRandom(number));
        var title = catalogue.title(UniformStory.DOWNLOADS + number);
        if (member.acquire(title, DEVICE, null, at).isEmpty()) {
            throw new IllegalStateException("customer " + customer + " may not have " + title);
        }
    }
}
