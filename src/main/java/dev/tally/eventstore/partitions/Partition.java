package dev.tally.eventstore.partitions;

import java.time.Instant;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A partition and how far it has come, as table {@code partition} and PostgreSQL's catalogue have
 * it.
 *
 * @param startsAt first time that belongs to the partition; it names the month, which has one
 *     partition of {@code event} and one of {@code snapshot}
 * @param since time at which it was last retired; of one that never was, time at which it reached
 *     its state
 * @param detachedAt time at which its last original was detached; null if no detached original is
 *     left
 */
record Partition(
        String name,
        Instant startsAt,
        Instant endsAt,
        State state,
        Instant since,
        Instant detachedAt,
        Set<Trait> traits) {

    boolean is(Trait trait) {
        return traits.contains(trait);
    }

    /** Property that a partition has beside its state. */
    enum Trait {
        /** An operator asked to archive it before its time. */
        REQUESTED,
        /** Its month is under legal hold, so that nothing of it may go. */
        HELD,
        /** It is known to have no rows. */
        EMPTY,
        /** Reads of current state may use it, even while it is being written anew. */
        IN_HOT_TIER,
        /** Rows were erased from it so long ago that its file is to be written anew. */
        TO_REWRITE,
        /** It is being written anew, and goes back to its state afterwards. */
        BEING_REWRITTEN,
        /** Somebody changed it by hand in a way that may be repaired. */
        REPAIRABLE
    }

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
        /** It is not attached: somebody detached, renamed or dropped it. */
        MISSING,
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
