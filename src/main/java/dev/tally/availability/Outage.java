package dev.tally.availability;

import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;

import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import javax.transaction.xa.XAException;

/** A way in which the database does not answer, as opposed to a fault of the application. */
public enum Outage {
    /** This node has not brought the schema to its version yet. */
    PREPARING("The database is being prepared.", Duration.ofSeconds(2)),
    /** There is no connection, or it broke. */
    UNREACHABLE("The database cannot be reached.", Duration.ofSeconds(5)),
    /** Nothing came back by the deadline. */
    NOT_IN_TIME("The database does not answer in time.", Duration.ofSeconds(5)),
    /** The database reads only: a standby, or a primary that another one has replaced. */
    READ_ONLY("The database takes no writes at the moment.", Duration.ofSeconds(5)),
    /** The database has no room left on a disk or in memory. */
    FULL("The database has no room left.", Duration.ofMinutes(1)),
    /** No connection is free: neither in this node nor, perhaps, in the database. */
    BUSY("All connections to the database are in use.", Duration.ofSeconds(1)),
    /** Another transaction holds what a statement needs. The database answers everything else. */
    LOCKED(
            "Another transaction in the database holds what this request needs.",
            Duration.ofSeconds(1)),
    /** A statement took longer than it may. The database answers other statements. */
    STATEMENT_TOO_LONG("The database takes too long for what was asked.", Duration.ofSeconds(1)),
    /** No partition takes events of the current time; the partition job looks every minute. */
    NO_PARTITION(
            "The database has no place for events of the current time. Nothing was stored.",
            Duration.ofMinutes(1)),
    /**
     * The database or its operating system failed at what was asked. Perhaps it answers others: a
     * damaged row must not keep all members from the store.
     */
    INTERNAL("The database has an internal error.", Duration.ofSeconds(5)),
    /** The node has promises to the customer that come first, more than there is time for. */
    CATCHING_UP("Earlier promises to this customer are being stored.", Duration.ofSeconds(1));

    private static final int DEEPEST_CAUSE = 20;

    /**
     * SQL states (PostgreSQL, appendix A) that are an outage, beside the classes in {@link
     * #isOfConnection} and {@link #isInternal}.
     */
    private static final Map<String, Outage> STATES =
            Map.of(
                    "25006", READ_ONLY,
                    "25P03", NOT_IN_TIME,
                    "53000", FULL,
                    "53100", FULL,
                    "53200", FULL,
                    "53300", BUSY,
                    "57014", STATEMENT_TOO_LONG,
                    "55P03", LOCKED);

    /** State of a row that no partition takes, and of one that its partition does not take. */
    private static final String CHECK_VIOLATION = "23514";

    /**
     * The message about a row that no partition takes names the parent table, in any language. A
     * message about another check names a partition or another table.
     */
    private static final Pattern LACKS_PARTITION =
            Pattern.compile("\\b(event|snapshot)\\b|archived_takes_no_more_rows");

    /**
     * What the driver says when none of the servers takes writes, in any language: the name of its
     * setting.
     */
    private static final String NO_PRIMARY = "targetServerType";

    /**
     * The number of the message that the container adds, in any language, to the words of a driver
     * that opens or closes a connection. The container adds none to those about a statement.
     */
    private static final String AT_CONNECTING = "DSRA0010E";

    private final String detail;
    private final Duration retryAfter;

    Outage(String detail, Duration retryAfter) {
        this.detail = detail;
        this.retryAfter = retryAfter;
    }

    /** A sentence for the caller. */
    public String detail() {
        return detail;
    }

    /** Time after which it is worth asking again. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** True if the database answers, and only one statement or lock took longer than it may. */
    private boolean isTimeLimit() {
        return this == LOCKED || this == STATEMENT_TOO_LONG;
    }

    /** True if other requests to the database suffer the same. */
    public boolean isOfTheWholeStore() {
        return !isTimeLimit() && this != NO_PARTITION && this != INTERNAL && this != CATCHING_UP;
    }

    /**
     * The outage behind an exception: what its deepest cause tells, since the causes above only say
     * what it led to.
     *
     * @return empty if it is no outage
     */
    public static Optional<Outage> behind(Throwable thrown) {
        Outage found = null;
        var cause = thrown;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            var outage = of(cause);
            if (outage != null) found = outage;
            cause = cause.getCause();
        }
        return Optional.ofNullable(found);
    }

    /**
     * The driver's words, in one line: causes above them are the container's, those below details.
     */
    public static String reason(Throwable thrown) {
        var said = thrown;
        var cause = thrown;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof SQLException) said = cause;
            cause = cause.getCause();
        }
        return String.valueOf(said.getMessage()).lines().collect(Collectors.joining(" "));
    }

    private static Outage of(Throwable cause) {
        return switch (cause) {
            case StoreUnavailable e -> e.outage();
            case SocketTimeoutException e -> NOT_IN_TIME;
            // A command had a time limit of its own.
            case TimeoutException e -> NOT_IN_TIME;
            case SQLException e when lacksPartition(e) -> NO_PARTITION;
            case SQLException e when STATES.containsKey(state(e)) -> STATES.get(state(e));
            case SQLException e when says(NO_PRIMARY, e) -> READ_ONLY;
            case SQLException e when isOfConnection(e) -> UNREACHABLE;
            case SQLException e when isInternal(e) ->
                    says(AT_CONNECTING, e) ? UNREACHABLE : INTERNAL;
            // The one resource of a transaction could not commit or roll back: its connection is
            // gone.
            case XAException e -> UNREACHABLE;
            default -> isNoneFree(cause) ? BUSY : null;
        };
    }

    private static boolean says(String words, SQLException e) {
        return String.valueOf(e.getMessage()).contains(words);
    }

    private static String state(SQLException e) {
        return String.valueOf(e.getSQLState());
    }

    /**
     * The classes are 08 (connection), 57P (the server stops or starts), 28 (it does not let the
     * node in) and 3D (it has no such database).
     */
    private static boolean isOfConnection(SQLException e) {
        return e instanceof SQLTransientConnectionException
                || e instanceof SQLNonTransientConnectionException
                || e instanceof SQLRecoverableException
                || state(e).startsWith("08")
                || state(e).startsWith("57P")
                || state(e).startsWith("28")
                || state(e).startsWith("3D");
    }

    /**
     * The classes are 58 (system) and XX (the database itself). They tell of one statement, unless
     * it was a connection that failed: a server without room on its disk may refuse each with
     * XX000, because it cannot write a file of its own.
     */
    private static boolean isInternal(SQLException e) {
        return state(e).startsWith("58") || state(e).startsWith("XX");
    }

    /** Compared by name, since the application cannot see the classes of the container's pool. */
    private static boolean isNoneFree(Throwable cause) {
        var name = cause.getClass().getName();
        return name.endsWith(".ResourceAllocationException")
                || name.endsWith(".ConnectionWaitTimeoutException");
    }

    private static boolean lacksPartition(SQLException e) {
        if (!CHECK_VIOLATION.equals(e.getSQLState())) return false;
        // The lines after the first one show the row, which has texts of callers.
        var first = e.getMessage().lines().findFirst().orElse("");
        return LACKS_PARTITION.matcher(first).find();
    }
}
