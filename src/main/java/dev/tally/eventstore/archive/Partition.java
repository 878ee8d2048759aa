package dev.tally.eventstore.archive;

import java.time.Instant;

/**
 * A partition on its way, as table {@code partition} has it.
 *
 * @param startsAt which is also the name of its month: {@code event} and {@code snapshot} have one
 *     partition each
 * @param requested whether an operator asked to archive it before its time
 */
record Partition(String name, Instant startsAt, Instant endsAt, State state, boolean requested) {

    /** How far it is. {@code V008__archive.sql} says what each means. */
    enum State {
        HOT,
        MARKED,
        COPYING,
        VERIFYING,
        COPIED,
        ARCHIVED
    }
}
