package dev.tally.licensing.domain;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

/** Calculates with instants of which null means "never". */
final class Times {

    /** Latest time that every program reads; the end of a license that is renewed for ever. */
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    private Times() {}

    static Instant plus(Instant start, Duration duration) {
        if (start == null || duration == null) {
            return null;
        }
        var end = start.plus(duration);
        return end.isAfter(LAST) ? LAST : end;
    }

    static Instant earliest(Instant a, Instant b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return a.isBefore(b) ? a : b;
    }

    static Instant latest(Instant a, Instant b) {
        if (a == null || b == null) {
            return null;
        }
        return a.isAfter(b) ? a : b;
    }

    static boolean isReached(Instant end, Instant now) {
        return end != null && !now.isBefore(end);
    }

    /** True if an end comes after one time, and not after another. */
    static boolean isBetween(Instant since, Instant end, Instant now) {
        return isReached(end, now) && end.isAfter(since);
    }

    /** The earliest time whose year has not ended yet. */
    static Instant yearBefore(Instant now) {
        var start = now.atZone(ZoneOffset.UTC).minusYears(1).toInstant();
        return isReached(yearAfter(start), now) ? start.plusMillis(1) : start;
    }

    /**
     * A year after a time: the same day and time of the next year in UTC; for 29 February the 28th.
     */
    static Instant yearAfter(Instant start) {
        return start.atZone(ZoneOffset.UTC).plusYears(1).toInstant();
    }
}
