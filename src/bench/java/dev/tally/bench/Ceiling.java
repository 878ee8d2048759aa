package dev.tally.bench;

import dev.tally.local.Database;

import java.sql.SQLException;
import java.time.Duration;

/**
 * Measures how fast PostgreSQL runs a script, which is the SQL of a call without the application
 * around it.
 *
 * <p>Each run takes customers of its own whose histories nothing has changed, because a script
 * computes its values from their first history.
 */
interface Ceiling {

    /**
     * Uses pgbench if it is installed, because it takes the least processor time; otherwise the
     * application's driver.
     */
    static Ceiling of(Database database) {
        return Pgbench.isInstalled() ? new Pgbench(database) : new JdbcCeiling(database);
    }

    /** The name in the report. */
    String name();

    /** Runs the script again and again on one connection for each client. */
    Measured saturate(Script script, Customers customers, Duration duration)
            throws SQLException, InterruptedException;

    /** Runs the script at this rate. Latency counts from when each run was due. */
    Measured atRate(Script script, Customers customers, Duration duration, double perSecond)
            throws SQLException, InterruptedException;

    /**
     * Checks in the database that every run stored what it should, which a load generator does not
     * see.
     *
     * @throws IllegalStateException if not every run moved all its heads: then something other than
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
