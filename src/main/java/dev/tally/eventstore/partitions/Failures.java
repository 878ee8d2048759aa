package dev.tally.eventstore.partitions;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/**
 * Failures of one run of the job. Their subjects are left alone until the next run, and everything
 * else goes on. A failure that could not be recorded, since the connection was lost with it, is
 * recorded on the next connection.
 */
final class Failures {

    private final Set<String> subjects = new HashSet<>();
    private final Queue<Failure> unrecorded = new ArrayDeque<>();
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
        ofJob |= step instanceof Step.Create || step instanceof Step.CheckSnapshots;
        unrecorded.add(new Failure(step, reason));
    }

    /** Writes the failures down that have not been recorded yet. */
    void record(PartitionTable table, Instant now) throws SQLException {
        for (var next = unrecorded.peek(); next != null; next = unrecorded.peek()) {
            table.failed(next.step, next.reason, now);
            unrecorded.remove();
        }
    }
}
