package dev.tally.eventstore;

import java.time.Instant;
import java.util.List;

/**
 * One stream as it was read.
 *
 * @param head where the stream stands; {@link Head#NONE} before its first event
 * @param state the folded state
 * @param events those after the snapshot that the state was folded from
 * @param commands of the snapshot and of the events, oldest first
 * @param replayed whether the snapshot could not be used, so that the next append should write one
 */
public record StreamHistory<S>(
        Fold<S> fold,
        Head head,
        S state,
        List<Recorded> events,
        List<PastCommand> commands,
        boolean replayed) {

    /**
     * Where a stream stands.
     *
     * @param openedAt when the generation opened, which is also the time of its snapshot
     * @param lastAt time of the last event
     * @param revision counts the appends; the compare-and-set of the next one
     */
    public record Head(int generation, int seq, Instant openedAt, Instant lastAt, long revision) {

        public static final Head NONE = new Head(1, 0, Instant.EPOCH, Instant.EPOCH, 0);

        public boolean isNew() {
            return seq == 0;
        }
    }
}
