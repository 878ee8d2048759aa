package dev.tally.eventstore;

import java.time.Instant;

/**
 * Position of a customer's history.
 *
 * @param revision number that each append moves by compare-and-set; 0 if there is no head
 * @param generation generation of the next event
 * @param firstSeq number of the first event of this life; above 1 after an erasure
 * @param lastSeq number of the last event; {@code firstSeq - 1} if there is none
 * @param lastAt time of the last event
 * @param snapshotSeq number of the last event that is folded into the current snapshot; {@code
 *     firstSeq - 1} if there is no snapshot
 * @param snapshotAt time of the current snapshot; without one, of the first event. No event after
 *     the snapshot is older.
 * @param generationBytes bytes of the events after the snapshot
 */
public record Head(
        long revision,
        int generation,
        int firstSeq,
        int lastSeq,
        Instant lastAt,
        int snapshotSeq,
        Instant snapshotAt,
        int generationBytes) {

    /** The head of an unknown customer. */
    public static final Head NONE = new Head(0, 1, 1, 0, Instant.EPOCH, 0, Instant.EPOCH, 0);

    public boolean isNew() {
        return revision == 0;
    }

    public boolean hasSnapshot() {
        return snapshotSeq >= firstSeq;
    }
}
