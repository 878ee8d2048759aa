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

    /** True if it is worth finding out what a snapshot would weigh. */
    boolean mayClose(int events, History<?> history) {
        if (events < fewest) return false;
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
