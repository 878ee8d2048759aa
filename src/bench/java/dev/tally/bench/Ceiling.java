package dev.tally.bench;

import dev.tally.local.Database;

import java.sql.SQLException;
import java.time.Duration;

/**
 * What PostgreSQL can do with a script: the SQL of a call without the application around it.
 *
 * <p>Each run takes customers of its own that nobody has touched: a script counts from their first
 * history on.
 */
interface Ceiling {

    /**
     * pgbench where it is installed, because it costs least; otherwise the application's driver.
     */
    static Ceiling of(Database database) {
        return Pgbench.isInstalled() ? new Pgbench(database) : new JdbcCeiling(database);
    }

    /** For the report. */
    String name();

    /** One after the other on each connection, of which there are as many as clients. */
    Measured saturate(Script script, Customers customers, Duration duration)
            throws SQLException, InterruptedException;

    /** So many a second, and latency from when each was due. */
    Measured atRate(Script script, Customers customers, Duration duration, double perSecond)
            throws SQLException, InterruptedException;

    /**
     * Checks in the database what a load generator does not see.
     *
     * @throws IllegalStateException if not every run moved all its heads: then something else than
     *     the script was measured
     */
    static void requireMoved(Script script, long runs, long before, long after) {
        if (after - before != runs * script.revisionsMoved()) {
            throw new IllegalStateException(
                    "%d runs moved revisions by %d, not by %d each"
                            .formatted(runs, after - before, script.revisionsMoved()));
        }
    }
}
