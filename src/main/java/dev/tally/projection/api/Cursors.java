package dev.tally.projection.api;

import dev.tally.eventstore.FeedCluster;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedPlace;
import dev.tally.http.Parameters;

import java.util.Optional;

/**
 * Cursors of the feed as callers hold them. Each names the cluster, its timeline and its offset, so
 * that it is not taken for a place in another history; then position, number and customer.
 */
final class Cursors {

    private static final int PARTS = 6;

    /** Base of the numbers, the largest that the JDK writes: a cursor stands with every event. */
    private static final int BASE = Character.MAX_RADIX;

    private Cursors() {}

    static String text(FeedCursor cursor) {
        var cluster = cursor.cluster();
        var place = cursor.place();
        return Parameters.cursorAfter(
                String.join(
                        ".",
                        Long.toUnsignedString(cluster.systemIdentifier(), BASE),
                        Integer.toUnsignedString(cluster.timeline(), BASE),
                        Long.toString(cluster.offset(), BASE),
                        Long.toString(place.position(), BASE),
                        Integer.toString(place.seq(), BASE),
                        place.isBehindPosition() ? "" : place.customerId()));
    }

    /** The cursor that a text stands for; null for null. */
    static FeedCursor read(String text) {
        var content = Parameters.after(text);
        if (content == null) return null;
        return parsed(content).orElseThrow(Parameters::notACursor);
    }

    /** The cursor of a content; empty if no answer ever had it. */
    static Optional<FeedCursor> parsed(String content) {
        // A customer's id may have any character, the separator too, so it comes last.
        var parts = content.split("\\.", PARTS);
        if (parts.length < PARTS) return Optional.empty();
        try {
            var cluster =
                    new FeedCluster(
                            Long.parseUnsignedLong(parts[0], BASE),
                            Integer.parseUnsignedInt(parts[1], BASE),
                            Long.parseLong(parts[2], BASE));
            return place(parts[3], parts[4], parts[5]).map(place -> new FeedCursor(cluster, place));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<FeedPlace> place(String position, String seq, String customer) {
        var at = Long.parseLong(position, BASE);
        var number = Integer.parseInt(seq, BASE);
        var isBehindPosition = customer.isEmpty();
        if (at < 0 || number < 0 || isBehindPosition != (number == 0)) return Optional.empty();
        return Optional.of(
                isBehindPosition ? FeedPlace.behind(at) : new FeedPlace(at, customer, number));
    }
}
