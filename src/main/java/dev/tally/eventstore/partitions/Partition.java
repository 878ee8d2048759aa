package dev.tally.eventstore.partitions;

import java.time.Instant;

/**
 * A partition on its way, as table {@code partition} has it.
 *
 * @param startsAt which is also the name of its month: {@code event} and {@code snapshot} have one
 *     partition each
 * @param since when it has been in that state
 * @param requested whether an operator asked to archive it before its time
 * @param held under legal hold: nothing of it may go
 * @param empty known to have no rows
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
     * How far it is. {@code V008__archive.sql} and {@code V011__retirement.sql} say what each
     * means.
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
        RETIRED
    }
}
