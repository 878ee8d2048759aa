package dev.tally.eventstore;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What the store knows of one customer.
 *
 * @param head where the history stands
 * @param state the folded state
 * @param events those after the snapshot that the state was folded from; none in memory that was
 *     kept warm
 * @param commands of the snapshot and of the events, oldest first
 * @param source where the state comes from
 * @param snapshotBytes what the current snapshot weighs; 0: there is none
 */
public record History<S>(
        String customerId,
        Fold<S> fold,
        Head head,
        S state,
        List<Recorded> events,
        List<PastCommand> commands,
        Source source,
        int snapshotBytes) {

    /** Where a state comes from. */
    public enum Source {
        /**
         * The current snapshot and the events after it, or all events where there is no snapshot.
         */
        CURRENT,
        /**
         * An older snapshot of this version's own: the next append stores one beside the other's.
         */
        OWN_SNAPSHOT,
        /** All events, since no snapshot could be used: the next append stores one. */
        REPLAY,
        /** What this node kept in memory. The revision has not been compared yet. */
        WARM
    }

    public History {
        events = List.copyOf(events);
        commands = List.copyOf(commands);
    }

    /** The latest command of that key, if the history remembers it. */
    public Optional<PastCommand> command(String key) {
        return commands.stream()
                .filter(command -> command.id().key().equals(key))
                .max(Comparator.comparing(PastCommand::at));
    }

    /** The events of a command, in order. They are there in a history as of the command's time. */
    public List<Recorded> eventsAt(Instant time) {
        return events.stream().filter(event -> event.at().equals(time)).toList();
    }

    /**
     * The time of a command that is decided now: the node's clock, or just later than everything
     * that is known of the customer, so that times of one customer never run backwards.
     */
    public Instant timeOf(Instant clock) {
        var now = clock.truncatedTo(ChronoUnit.MICROS);
        var known = head.lastAt().isAfter(head.snapshotAt()) ? head.lastAt() : head.snapshotAt();
        return now.isAfter(known) ? now : known.plus(1, ChronoUnit.MICROS);
    }

    /** What {@code If-Match} compares. */
    public long revision() {
        return head.revision();
    }

    /** The same history at another head. */
    public History<S> at(Head other) {
        return new History<>(
                customerId, fold, other, state, events, commands, source, snapshotBytes);
    }
}
