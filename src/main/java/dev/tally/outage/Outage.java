package dev.tally.runtime;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import javax.transaction.xa.XAException;

/**
 * Tells an unavailable database, one that is gone, starting, full, too slow or without a partition
 * for the current time, from a fault of the application.
 */
public final class Outage {

    private static final int DEEPEST_CAUSE = 20;

    /**
     * SQL states of an outage: too many connections (53300), a statement (57014) or a lock (55P03)
     * that took longer than the role may wait.
     */
    private static final Set<String> STATES = Set.of("53300", "57014", "55P03");

    /** States that say nothing about the database: one statement or lock took too long. */
    private static final Set<String> TIME_LIMITS = Set.of("57014", "55P03");

    /** A row that no partition takes, and a row that its partition does not take. */
    private static final String CHECK_VIOLATION = "23514";

    /**
     * The message about a row that no partition takes names the parent table, in any language. A
     * message about another check names a partition or another table.
     */
    private static final Pattern NO_PARTITION =
            Pattern.compile("\\b(event|snapshot)\\b|archived_takes_no_more_rows");

    private Outage() {}

    /**
     * True if a row could not be stored because no partition takes it: the partition of its month
     * was detached or dropped, or is closed.
     */
    public static boolean isForLackOfPartition(Throwable thrown) {
        var cause = thrown;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof SQLException e && lacksPartition(e)) return true;
            cause = cause.getCause();
        }
        return false;
    }

    private static boolean lacksPartition(SQLException e) {
        if (!CHECK_VIOLATION.equals(e.getSQLState())) return false;
        // The lines after the first one show the row, which has texts of callers.
        var first = e.getMessage().lines().findFirst().orElse("");
        return NO_PARTITION.matcher(first).find();
    }

    /** True if the database answers, and only one statement or lock took longer than it may. */
    public static boolean isTimeLimit(Throwable thrown) {
        var cause = thrown;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof SQLException e && e.getSQLState() != null) {
                return TIME_LIMITS.contains(e.getSQLState());
            }
            cause = cause.getCause();
        }
        return false;
    }

    /** True if an exception or one of its causes is an outage of the database. */
    public static boolean isBehind(Throwable thrown) {
        var cause = thrown;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (is(cause)) return true;
            cause = cause.getCause();
        }
        return false;
    }

    /**
     * What the driver said, in one line: causes above it are the container's, those below details.
     */
    static String reason(Throwable thrown) {
        var said = thrown;
        var cause = thrown;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof SQLException) said = cause;
            cause = cause.getCause();
        }
        return String.valueOf(said.getMessage()).lines().collect(Collectors.joining(" "));
    }

    private static boolean is(Throwable cause) {
        return switch (cause) {
            // There is no connection, or none free in time; the container's pool throws these.
            case SQLTransientConnectionException e -> true;
            case SQLNonTransientConnectionException e -> true;
            case SQLRecoverableException e -> true;
            case SQLException e -> isState(e.getSQLState()) || lacksPartition(e);
            // The one resource of a transaction could not commit or roll back: its connection is
            // gone.
            case XAException e -> true;
            // Compared by name, since the application cannot see the class.
            default -> cause.getClass().getName().endsWith(".ResourceAllocationException");
        };
    }

    private static boolean isState(String state) {
        return state != null
                && (state.startsWith("08") || state.startsWith("57P") || STATES.contains(state));
    }
}
