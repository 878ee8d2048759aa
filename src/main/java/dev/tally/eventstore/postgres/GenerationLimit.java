package dev.tally.eventstore.postgres;

import dev.tally.eventstore.History;

import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;

/**
 * How long a generation grows: until its events weigh as much as the snapshot that closes it, so
 * that snapshots cost no more than events.
 *
 * @param fewest events that it has at least; four times ten as many, or what is read gets long
 * @param age of its snapshot at most: the hot window, or what is read lies in the archive
 */
record GenerationLimit(int fewest, Period age) {

    /**
     * Events of a generation at most, however heavy its snapshot is, as a multiple of the fewest.
     */
    private static final int MOST = 40;

    /** A snapshot is rarely lighter than three quarters of the one before it. */
    private static final double RARELY_LIGHTER = 0.75;

    /** Whether it is worth while to find out what a snapshot would weigh. */
    boolean mayClose(int events, History<?> history) {
        if (events < fewest) return false;
        return events >= fewest * MOST
                || history.head().generationBytes() >= history.snapshotBytes() * RARELY_LIGHTER;
    }

    boolean closes(int events, int eventBytes, int snapshotBytes) {
        return events >= fewest && (eventBytes >= snapshotBytes || events >= fewest * MOST);
    }

    /** Generations whose snapshot is older than this are too old. */
    Instant olderThan(Instant now) {
        return now.atOffset(ZoneOffset.UTC).minus(age).toInstant();
    }
}
