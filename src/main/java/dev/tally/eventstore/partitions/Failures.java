package dev.tally.eventstore.partitions;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/**
 * What failed in one run of the job. It is left alone until the next run, and nothing else is. A
 * failure that could not be recorded, as the connection was lost with it, is recorded on the next.
 */
final class Failures {

    private final Set<String> subjects = new HashSet<>();
    private final Queue<Failure> unrecorded = new ArrayDeque<>();
    private boolean ofJob;

    private record Failure(Step step, String reason) {}

    /** Subjects to leave alone. */
    Set<String> subjects() {
        return subjects;
    }

    /** Whether a step failed that is about no single partition or erasure. */
    boolean ofJob() {
        return ofJob;
    }

    boolean isEmpty() {
        return subjects.isEmpty();
    }

    /**
     * Notes a failure.
     *
     * @param reason as the database gave it
     */
    void add(Step step, String reason) {
        subjects.add(step.subject());
        ofJob |= step instanceof Step.Create || step instanceof Step.CheckSnapshots;
        unrecorded.add(new Failure(step, reason));
    }

    /** Writes down what has not been yet. */
    void record(PartitionTable table, Instant now) throws SQLException {
        for (var next = unrecorded.peek(); next != null; next = unrecorded.peek()) {
            table.failed(next.step, next.reason, now);
            unrecorded.remove();
        }
    }
}
