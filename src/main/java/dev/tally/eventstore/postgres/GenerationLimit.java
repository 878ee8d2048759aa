package dev.tally.eventstore.postgres;

import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;

/**
 * How long a generation grows: the append that reaches either closes it.
 *
 * @param events so many, or what is read of a stream gets long
 * @param age since it opened: the hot window, or what is read lies in the archive
 */
record GenerationLimit(int events, Period age) {

    boolean isReached(int eventsNow, Instant openedAt, Instant now) {
        return eventsNow >= events || openedAt.isBefore(olderThan(now));
    }

    /** Generations that opened before this are too old. */
    Instant olderThan(Instant now) {
        return now.atOffset(ZoneOffset.UTC).minus(age).toInstant();
    }
}
