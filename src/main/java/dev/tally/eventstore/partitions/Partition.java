package dev.tally.eventstore.partitions;

import java.time.Instant;
import java.util.stream.Stream;

/**
 * A partition on its way, as table {@code partition} has it.
 *
 * @param startsAt first time that belongs to it, which names its month too: {@code event} and
 *     {@code snapshot} have one partition each
 * @param since when it came into that state
 * @param requested whether an operator asked to archive it before its time
 * @param held whether it is under legal hold: nothing of it may go
 * @param empty whether it is known to have no rows
 * @param detachedAt when its last original was detached, which is still there; null: there is none
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
     * How far a partition is. {@code R__partitions_2_archive.sql} and {@code
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
        /** A newer version has put it there, and goes on with it: this one leaves it alone. */
        UNKNOWN;

        static State of(String name) {
            return Stream.of(values())
                    .filter(state -> state.name().equals(name))
                    .findFirst()
                    .orElse(UNKNOWN);
        }
    }
}
