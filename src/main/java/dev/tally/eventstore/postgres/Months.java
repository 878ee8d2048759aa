package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Head;

import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;

/**
 * Whole months, in UTC.
 *
 * @param from first moment of the first month
 * @param to first moment after the last month
 */
record Months(Instant from, Instant to) {

    /** The months from that of one time to that of another. */
    static Months of(Instant first, Instant last) {
        var next = startOf(last).atOffset(ZoneOffset.UTC).plus(Period.ofMonths(1));
        return new Months(startOf(first), next.toInstant());
    }

    /** The months that all rows of a customer's current state lie in. */
    static Months of(Head head) {
        var isForward = head.snapshotAt().isAfter(head.lastAt());
        return isForward
                ? of(head.lastAt(), head.snapshotAt())
                : of(head.snapshotAt(), head.lastAt());
    }

    /** First moment of a time's month, which keeps query texts and so plans few. */
    static Instant startOf(Instant time) {
        return time.atOffset(ZoneOffset.UTC)
                .withDayOfMonth(1)
                .toLocalDate()
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant();
    }

    /** True if all rows of a customer's current state lie in these months. */
    boolean have(Head head) {
        return head.isNew() || (has(head.snapshotAt()) && has(head.lastAt()));
    }

    private boolean has(Instant time) {
        return !time.isBefore(from) && time.isBefore(to);
    }
}
