package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Fold;
import dev.tally.eventstore.Recorded;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.function.Predicate;

/**
 * Events of a stream that are not there any more. They went with a month that was retired, or the
 * history is damaged: then nothing is made of it.
 */
final class Gaps {

    private Gaps() {}

    /**
     * Whether all events of a stream are there.
     *
     * @param after the last event before them; 0: none is
     * @param lastSeq of the stream
     */
    static boolean none(int after, List<Recorded> events, int lastSeq) {
        var last = after;
        for (var event : events) {
            if (event.seq() != last + 1) return false;
            last = event.seq();
        }
        return last >= lastSeq;
    }

    /**
     * Those events of a stream whose aggregates are there from their beginning.
     *
     * @param events all that there are
     * @param retiredUntil events from before may have gone; null: none may
     * @throws IllegalStateException if events are missing that cannot have been retired
     */
    static List<Recorded> leaveOut(
            Fold<?> fold, int lastSeq, List<Recorded> events, Instant retiredUntil) {
        refuseUnlessRetired(fold, lastSeq, events, retiredUntil);
        return events.stream().filter(begun(fold)).toList();
    }

    private static void refuseUnlessRetired(
            Fold<?> fold, int lastSeq, List<Recorded> events, Instant retiredUntil) {
        var last = 0;
        var lastAt = Instant.EPOCH;
        for (var event : events) {
            refuseUnlessRetired(fold, last, lastAt, event.seq(), retiredUntil);
            last = event.seq();
            lastAt = event.at();
        }
        refuseUnlessRetired(fold, last, lastAt, lastSeq + 1, retiredUntil);
    }

    private static void refuseUnlessRetired(
            Fold<?> fold, int last, Instant lastAt, int next, Instant retiredUntil) {
        if (next <= last + 1) return;
        if (retiredUntil == null || !lastAt.isBefore(retiredUntil)) {
            throw new IllegalStateException(
                    "%s: events %d to %d are missing, and were not retired"
                            .formatted(fold.type(), last + 1, next - 1));
        }
    }

    private static Predicate<Recorded> begun(Fold<?> fold) {
        var begun = new HashSet<String>();
        return event -> {
            if (fold.begins().test(event.event())) begun.add(event.aggregateId());
            return begun.contains(event.aggregateId());
        };
    }
}
