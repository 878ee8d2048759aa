package dev.tally.eventstore.partitions;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Failures of one run of the job. Their subjects are left alone until the next run, and everything
 * else goes on. A failure that could not be recorded, since the connection was lost with it, is
 * recorded on the next connection.
 */
final class Failures {

    private static final Logger LOG = Logger.getLogger(Failures.class.getName());

    private static final int DEEPEST_CAUSE = 20;

    /** Longest reason that is recorded, in characters. */
    private static final int LONGEST_REASON = 1_000;

    private final Set<String> subjects = new HashSet<>();
    private final Queue<Failure> unrecorded = new ArrayDeque<>();
    private final List<Failure> later = new ArrayList<>();
    private boolean ofJob;

    private record Failure(Step step, String reason) {}

    /** Subjects of failed steps, to be left alone. */
    Set<String> subjects() {
        return subjects;
    }

    /** True if a step failed that concerns no single partition or erasure. */
    boolean ofJob() {
        return ofJob;
    }

    boolean isEmpty() {
        return subjects.isEmpty();
    }

    /**
     * Notes a failure.
     *
     * @param reason the database's own reason
     */
    void add(Step step, String reason) {
        subjects.add(step.subject());
        ofJob |= isOfJob(step);
        unrecorded.add(new Failure(step, reason));
    }

    private static boolean isOfJob(Step step) {
        return step instanceof Step.Create
                || step instanceof Step.CompareWithCatalogue
                || step instanceof Step.CheckSnapshots
                || step instanceof Step.CreateDenialMonths
                || step instanceof Step.DropDenialMonths;
    }

    /**
     * The reason of a failure, as an operator is shown it: SQLSTATE and message of the database, if
     * the failure came from there.
     */
    static String reason(Exception failure) {
        var reason = String.valueOf(failure);
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof SQLException e && e.getSQLState() != null) {
                reason = e.getSQLState() + ": " + withoutContext(e.getMessage());
            }
            cause = cause.getCause();
        }
        return reason.substring(0, Math.min(reason.length(), LONGEST_REASON));
    }

    /** The message without the lines that say where in our own functions it came from. */
    private static String withoutContext(String message) {
        var context = message.indexOf("\n  Where:");
        return context < 0 ? message : message.substring(0, context);
    }

    /**
     * Writes the failures down that have not been recorded yet. A failure that cannot be written
     * down, as on a full disk, is kept for later: it must not stop the steps that free space.
     *
     * @throws SQLException if the connection is lost
     */
    void record(PartitionTable table, Instant now) throws SQLException {
        for (var next = unrecorded.peek(); next != null; next = unrecorded.peek()) {
            try {
                table.failed(next.step, next.reason, now);
            } catch (SQLException e) {
                if (!table.isConnected()) throw e;
                later.add(next);
                LOG.log(
                        Level.WARNING,
                        "The failure of {0} ({1}) cannot be recorded: {2}",
                        new Object[] {next.step, next.reason, e.getMessage()});
            }
            unrecorded.remove();
        }
    }

    /** Tries once more to write down what could not be written down in this run. */
    void recordAgain(PartitionTable table, Instant now) throws SQLException {
        unrecorded.addAll(later);
        later.clear();
        record(table, now);
    }
}
