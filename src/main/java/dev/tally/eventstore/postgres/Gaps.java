package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.Recorded;

import java.util.HashSet;
import java.util.List;
import java.util.function.Predicate;

/**
 * Events of a customer that are not there any more. They went with a month that was retired, or the
 * history is damaged: then nothing is made of it.
 */
final class Gaps {

    private Gaps() {}

    /**
     * How many events are missing.
     *
     * @param after the last number before them
     * @param events in order
     * @param lastSeq the last that there should be
     */
    static int count(int after, List<EventRow> events, int lastSeq) {
        return lastSeq - after - events.size();
    }

    /** Those events whose aggregates are there from their beginning. */
    static List<Recorded> leaveOut(Fold<?> fold, List<Recorded> events) {
        return events.stream().filter(begun(fold)).toList();
    }

    private static Predicate<Recorded> begun(Fold<?> fold) {
        var begun = new HashSet<Aggregate>();
        return event -> {
            if (fold.begins().test(event.event())) begun.add(event.aggregate());
            return begun.contains(event.aggregate());
        };
    }
}
