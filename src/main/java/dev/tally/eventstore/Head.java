package dev.tally.eventstore;

import java.time.Instant;

/**
 * Where a customer's history stands.
 *
 * @param revision moves with each append; the compare-and-set of the next one. 0: there is no head
 * @param generation that the next event belongs to
 * @param firstSeq number of the first event of this life; later than 1 after an erasure
 * @param lastSeq number of the last event; {@code firstSeq - 1}: there is none
 * @param lastAt time of the last event
 * @param snapshotSeq the last event that is folded into the current snapshot; {@code firstSeq - 1}:
 *     there is no snapshot
 * @param snapshotAt time of the current snapshot; without one, of the first event. All events after
 *     the snapshot are younger, or as young.
 * @param generationBytes that the events after the snapshot weigh
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

    /** The head of a customer of whom nothing is known. */
    public static final Head NONE = new Head(0, 1, 1, 0, Instant.EPOCH, 0, Instant.EPOCH, 0);

    public boolean isNew() {
        return revision == 0;
    }

    public boolean hasSnapshot() {
        return snapshotSeq >= firstSeq;
    }
}
