package dev.tally.eventstore.partitions;

import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;

/**
 * What the job goes by.
 *
 * @param monthsAhead that have partitions beyond the current one
 * @param hotWindow a month that ended longer ago leaves the hot tier
 * @param tablespace where archived partitions go; null: they stay where they are and only the tier
 *     changes, as on services that have no tablespaces
 * @param retention of a month that ended longer ago, only what a state still needs is kept; null:
 *     everything is kept for ever
 * @param grace between detaching what is not needed and dropping it: so long it can be restored
 * @param batchRows rows of a batch, about: each is one transaction
 * @param batchPause between two batches, so that the job leaves the disk to others
 * @param checkedCustomers of each run: their snapshots are compared with their events
 */
record ArchiveSettings(
        int monthsAhead,
        Period hotWindow,
        String tablespace,
        Period retention,
        Period grace,
        int batchRows,
        Duration batchPause,
        int checkedCustomers) {

    /** Months that ended by then are due. */
    Instant dueBefore(Instant now) {
        return before(now, hotWindow);
    }

    /** Months that ended by then are past retention; never, if there is none. */
    Instant pastRetentionBefore(Instant now) {
        return retention == null ? Instant.MIN : before(now, retention);
    }

    /** What was detached by then can be dropped. */
    Instant graceEndsBefore(Instant now) {
        return before(now, grace);
    }

    private static Instant before(Instant now, Period period) {
        return now.atOffset(ZoneOffset.UTC).minus(period).toInstant();
    }
}
