package dev.tally.eventstore.postgres;

import dev.tally.eventstore.History;

import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;

/**
 * Decides when a generation closes: when its events weigh as much as the snapshot that closes it,
 * so that snapshots cost no more than events.
 *
 * @param fewest smallest number of events in a generation
 * @param age greatest age of a generation's snapshot: the hot window, since older rows lie in the
 *     archive
 */
record GenerationLimit(int fewest, Period age) {

    /**
     * Most events of a generation as a multiple of the fewest, however heavy the snapshot: more
     * would make reads long.
     */
    private static final int MOST = 40;

    /** A snapshot rarely weighs less than this part of the one before it. */
    private static final double RARELY_LIGHTER = 0.75;

    /**
     * A snapshot is weighed again once a generation has grown by this part of the fewest events.
     */
    private static final int STEPS = 5;

    /**
     * True if it is worth finding out what a snapshot would weigh. That costs as much as writing
     * one, and a growing account would pay it with each command.
     *
     * @param before number of the generation's events before an append
     * @param events the same after it
     */
    boolean mayClose(int before, int events, History<?> history) {
        var step = Math.max(1, fewest / STEPS);
        if (events < fewest || before / step == events / step) return false;
        return events >= fewest * MOST
                || history.head().generationBytes() >= history.snapshotBytes() * RARELY_LIGHTER;
    }

    boolean closes(int events, int eventBytes, int snapshotBytes) {
        return events >= fewest && (eventBytes >= snapshotBytes || events >= fewest * MOST);
    }

    /** Time before which a generation's snapshot is too old. */
    Instant olderThan(Instant now) {
        return now.atOffset(ZoneOffset.UTC).minus(age).toInstant();
    }
}
