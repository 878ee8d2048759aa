package dev.tally.eventstore;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A customer's state, with the events and commands that the store has read or remembers.
 *
 * @param head where the history stands
 * @param state the folded state
 * @param events events after the snapshot that the state was folded from
 * @param commands commands of the snapshot and of the events, oldest first
 * @param source origin of the state
 * @param snapshotBytes bytes of the current snapshot; 0 if there is none
 * @param pending newest events, which are on their way to the database; null: all are stored
 */
public record History<S>(
        String customerId,
        Fold<S> fold,
        Head head,
        S state,
        List<Recorded> events,
        List<PastCommand> commands,
        Source source,
        int snapshotBytes,
        Pending pending) {

    /** Origin of a state. */
    public enum Source {
        /**
         * The current snapshot and the events after it, or all events where there is no snapshot.
         */
        CURRENT,
        /**
         * An older snapshot of this version's schema. The next append stores a new one beside the
         * other version's.
         */
        OWN_SNAPSHOT,
        /** All events, since no snapshot could be used. The next append stores one. */
        REPLAY,
        /** This node's memory. The revision has not been compared with the head yet. */
        WARM
    }

    /** Events that this node is about to store. */
    public interface Pending {

        /**
         * Waits until the events are stored, or are known not to be.
         *
         * @throws dev.tally.availability.StoreUnavailable if this takes too long
         */
        boolean isStored();
    }

    /** A history that is stored. */
    public History(
            String customerId,
            Fold<S> fold,
            Head head,
            S state,
            List<Recorded> events,
            List<PastCommand> commands,
            Source source,
            int snapshotBytes) {
        this(customerId, fold, head, state, events, commands, source, snapshotBytes, null);
    }

    public History {
        events = List.copyOf(events);
        commands = List.copyOf(commands);
    }

    /** The latest command with this key, if the history remembers it. */
    public Optional<PastCommand> command(String key) {
        return commands.stream()
                .filter(command -> command.id().key().equals(key))
                .max(Comparator.comparing(PastCommand::at));
    }

    /** The events of the command at this time, in order. A history as of that time has them. */
    public List<Recorded> eventsAt(Instant time) {
        return events.stream().filter(event -> event.at().equals(time)).toList();
    }

    /**
     * The time for a command that is decided now: the node's clock, or a microsecond after the
     * latest known time of the customer if that is later. Times of one customer never run
     * backwards.
     */
    public Instant timeOf(Instant clock) {
        var now = clock.truncatedTo(ChronoUnit.MICROS);
        var known = head.lastAt().isAfter(head.snapshotAt()) ? head.lastAt() : head.snapshotAt();
        return now.isAfter(known) ? now : known.plus(1, ChronoUnit.MICROS);
    }

    /** The revision that {@code If-Match} is compared with. */
    public long revision() {
        return head.revision();
    }

    /** This history with another head. */
    public History<S> at(Head other) {
        return new History<>(
                customerId, fold, other, state, events, commands, source, snapshotBytes, pending);
    }

    /** This history, whose newest events are on their way. */
    public History<S> pending(Pending newest) {
        return new History<>(
                customerId, fold, head, state, events, commands, source, snapshotBytes, newest);
    }

    /**
     * True if an answer that no append confirms has to wait for {@link EventStore#confirm}: the
     * state may be outdated, or may come to nothing.
     */
    public boolean isUnconfirmed() {
        return pending != null || source == Source.WARM;
    }
}
