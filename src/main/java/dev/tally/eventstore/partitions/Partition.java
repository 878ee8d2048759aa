package dev.tally.eventstore.partitions;

import java.time.Instant;
import java.util.stream.Stream;

/**
 * A partition and how far it has come, as table {@code partition} has it.
 *
 * @param startsAt first time that belongs to the partition; it names the month, which has one
 *     partition of {@code event} and one of {@code snapshot}
 * @param since time at which the partition reached its state
 * @param requested true if an operator asked to archive it before its time
 * @param held true if it is under legal hold, so that nothing of it may go
 * @param empty true if it is known to have no rows
 * @param detachedAt time at which its last original was detached; null if no detached original is
 *     left
 */
record Partition(
        String name,
        Instant startsAt,
        Instant endsAt,
        State state,
        Instant since,
        boolean requested,
        boolean held,
        boolean empty,
        Instant detachedAt) {

    /**
     * State of a partition. {@code R__partitions_2_archive.sql} and {@code
     * R__partitions_3_retirement.sql} say what each state means.
     */
    enum State {
        HOT,
        MARKED,
        COPYING,
        VERIFYING,
        COPIED,
        ARCHIVED,
        SIFTING,
        SIFTED,
        RETIRED,
        /**
         * A state of a newer version, which goes on with the partition; this version leaves it
         * alone.
         */
        UNKNOWN;

        static State of(String name) {
            return Stream.of(values())
                    .filter(state -> state.name().equals(name))
                    .findFirst()
                    .orElse(UNKNOWN);
        }
    }
}
