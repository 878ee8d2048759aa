package dev.tally.licensing.domain;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

/** Instants of which null means "never". */
final class Times {

    private Times() {}

    static Instant plus(Instant start, Duration duration) {
        return start == null || duration == null ? null : start.plus(duration);
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

    /** The same day and time of the next year in UTC; the 28th where the 29th of February ends. */
    static Instant yearAfter(Instant start) {
        return start.atZone(ZoneOffset.UTC).plusYears(1).toInstant();
    }
}
