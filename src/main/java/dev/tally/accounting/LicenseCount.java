package dev.tally.accounting;

import dev.tally.runtime.Ticks;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.function.UnaryOperator;

import javax.sql.DataSource;

/** Counts the licenses of all customers in rounds of short transactions, as the owner. */
final class LicenseCount {

    /** Customers counted in one transaction, which takes about 5 ms for each. */
    static final int MOST_CUSTOMERS = 25;

    /** Heads looked at in one transaction, most of which have not changed. */
    static final int MOST_HEADS = 10_000;

    private final DataSource owner;

    LicenseCount(DataSource owner) {
        this.owner = owner;
    }

    /**
     * Ends the round under way, or goes through a new one if the last began before a time. Returns
     * early if another node counts.
     *
     * @param rest says how long to rest after a transaction that took so long
     */
    void bringUpToDate(Instant time, UnaryOperator<Duration> rest)
            throws SQLException, InterruptedException {
        try (var connection = owner.getConnection()) {
            if (!isDue(connection, time)) return;
            var began = Ticks.nanos();
            while (goesOn(connection)) {
                Thread.sleep(rest.apply(Duration.ofNanos(Ticks.nanos() - began)));
                began = Ticks.nanos();
            }
        }
    }

    private static boolean isDue(Connection connection, Instant time) throws SQLException {
        try (var query =
                connection.prepareStatement(
                        """
                        select began_at is not null or true_until is null or true_until < ?
                        from tally.license_counting
                        """)) {
            query.setObject(1, time.atOffset(ZoneOffset.UTC));
            try (var row = query.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /** Counts some customers; false at the end of the round, or if another node counts. */
    private static boolean goesOn(Connection connection) throws SQLException {
        try (var call = connection.prepareStatement("select tally.count_licenses(?, ?)")) {
            call.setInt(1, MOST_CUSTOMERS);
            call.setInt(2, MOST_HEADS);
            try (var row = call.executeQuery()) {
                row.next();
                return "MORE".equals(row.getString(1));
            }
        }
    }
}
