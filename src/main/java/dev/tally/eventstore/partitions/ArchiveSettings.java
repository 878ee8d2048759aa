package dev.tally.eventstore.partitions;

import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;

/**
 * Settings of the partition job.
 *
 * @param monthsAhead months beyond the current one that have partitions
 * @param hotWindow time after its end when a month leaves the hot tier
 * @param tablespace tablespace of archived partitions; null: they stay where they are and only the
 *     tier changes, as on services that have no tablespaces
 * @param retention time after its end from which a month keeps only what a state still needs; null:
 *     everything is kept for ever
 * @param grace time between detaching what is not needed and dropping it, in which it can be
 *     restored
 * @param rewriteAfter time after the first erasure from a table after which its file is written
 *     anew; the longer it is, the more erasures share one rewrite
 * @param batchRows approximate rows of a batch; each batch is one transaction
 * @param batchPause pause between two batches, so that the job leaves the disk to others
 * @param checkedCustomers customers of each run whose snapshots are compared with their events
 * @param denialRetention time after its end when a month of denials is dropped
 */
record ArchiveSettings(
        int monthsAhead,
        Period hotWindow,
        String tablespace,
        Period retention,
        Period grace,
        Period rewriteAfter,
        int batchRows,
        Duration batchPause,
        int checkedCustomers,
        Period denialRetention) {

    /** Time by which a month must have ended to leave the hot tier. */
    Instant dueBefore(Instant now) {
        return before(now, hotWindow);
    }

    /**
     * Time by which a month must have ended to be past retention; without retention none ever is.
     */
    Instant pastRetentionBefore(Instant now) {
        return retention == null ? Instant.MIN : before(now, retention);
    }

    /** Time by which rows must have been detached to be dropped. */
    Instant graceEndsBefore(Instant now) {
        return before(now, grace);
    }

    /** Time by which rows must have been erased from a table for it to be written anew. */
    Instant rewriteErasedBefore(Instant now) {
        return before(now, rewriteAfter);
    }

    /** Time by which a month must have ended for its denials to be dropped. */
    Instant denialsEndedBefore(Instant now) {
        return before(now, denialRetention);
    }

    private static Instant before(Instant now, Period period) {
        return now.atOffset(ZoneOffset.UTC).minus(period).toInstant();
    }
}
