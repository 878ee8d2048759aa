package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.Recorded;

import java.util.HashSet;
import java.util.List;
import java.util.function.Predicate;

/**
 * Handles events of a customer that are not there any more. Either they went with a retired month,
 * or the history is damaged; nothing is made of a damaged history.
 */
final class Gaps {

    private Gaps() {}

    /**
     * Number of events that are missing.
     *
     * @param after number before the first event that should be there
     * @param events events that are there, in order
     * @param lastSeq number of the last event that should be there
     */
    static int count(int after, List<EventRow> events, int lastSeq) {
        return lastSeq - after - events.size();
    }

    /**
     * Number of the first event that is missing.
     *
     * @param after number before the first event that should be there
     * @param events events that are there, in order
     */
    static int first(int after, List<EventRow> events) {
        var next = after + 1;
        for (var event : events) {
            if (event.seq != next) return next;
            next++;
        }
        return next;
    }

    /** The events whose aggregates are there from their first event on. */
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
