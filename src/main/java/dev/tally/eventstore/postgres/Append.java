package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Head;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.SnapshotCodec.Bytes;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The rows and the new history that one append makes, before anything is stored.
 *
 * @param before head that the append was decided from
 * @param rows events, and a snapshot if one is due
 * @param after history with the new events in it
 */
record Append<S>(String customerId, Head before, List<Object> rows, History<S> after) {

    /** Bytes of a row beside its data and texts: its header, its numbers, its index entry. */
    static final int ROW_BYTES = 110;

    /**
     * The append of new events to a history.
     *
     * @param at time of all these events
     */
    static <S> Append<S> events(
            History<S> history,
            CommandId command,
            Caller caller,
            Instant at,
            List<? extends Record> events,
            EventMappers mappers,
            Snapshots<S> snapshots,
            GenerationLimit limit) {
        var head = history.head();
        var numbered = number(history, command, at, events, mappers);
        var rows = new ArrayList<Object>();
        var bytes = (long) head.generationBytes();
        for (var event : numbered) {
            var row = row(history.customerId(), event, caller, mappers);
            bytes += weight(row);
            rows.add(row);
        }
        var state = history.state();
        for (var event : numbered) state = history.fold().evolve().apply(state, event);
        var moved =
                new Head(
                        revisionAfter(head, at),
                        head.generation(),
                        head.firstSeq(),
                        numbered.getLast().seq(),
                        at,
                        head.snapshotSeq(),
                        head.lastSeq() < head.firstSeq() && !head.hasSnapshot()
                                ? at
                                : head.snapshotAt(),
                        (int) Math.min(bytes, Integer.MAX_VALUE));
        var grown =
                new History<>(
                        history.customerId(),
                        history.fold(),
                        moved,
                        state,
                        all(history.events(), numbered),
                        all(
                                history.commands(),
                                List.of(new PastCommand(command, at, isReport(history, numbered)))),
                        Source.CURRENT,
                        history.snapshotBytes());
        return closing(history, grown, rows, at, snapshots, limit);
    }

    /** False for an append that only opens a generation, or empties an account. */
    boolean hasEvents() {
        return after.head().lastSeq() > before.lastSeq();
    }

    /** The first of the new events. */
    Recorded first() {
        var events = after.events();
        return events.get(events.size() - (after.head().lastSeq() - before.lastSeq()));
    }

    /** The append that opens a generation with the state as it is and adds no event. */
    static <S> Append<S> newGeneration(History<S> history, Instant at, Snapshots<S> snapshots) {
        var grown = history.at(revised(history.head(), at));
        return close(history, grown, List.of(), snapshots.of(grown, at), at);
    }

    /** The append that begins a new, empty life; numbers and time go on. */
    static <S> Append<S> emptied(History<S> history, Instant at) {
        var head = history.head();
        var emptied =
                new Head(
                        revisionAfter(head, at),
                        head.generation() + 1,
                        head.lastSeq() + 1,
                        head.lastSeq(),
                        at,
                        head.lastSeq(),
                        at,
                        0);
        var after =
                new History<>(
                        history.customerId(),
                        history.fold(),
                        emptied,
                        history.fold().empty(),
                        List.of(),
                        List.of(),
                        Source.CURRENT,
                        0);
        return new Append<>(history.customerId(), head, List.of(), after);
    }

    private static <S> Append<S> closing(
            History<S> before,
            History<S> grown,
            List<Object> rows,
            Instant at,
            Snapshots<S> snapshots,
            GenerationLimit limit) {
        return switch (before.source()) {
            case REPLAY -> close(before, grown, rows, snapshots.of(grown, at), at);
            case OWN_SNAPSHOT -> {
                // The other version's snapshot stays the current one.
                var own = snapshots.of(grown, at);
                var row = snapshot(grown, own, grown.head().generation(), at);
                yield new Append<>(
                        before.customerId(),
                        before.head(),
                        Stream.concat(rows.stream(), Stream.of((Object) row)).toList(),
                        grown);
            }
            case CURRENT, WARM -> {
                var size = grown.head().lastSeq() - grown.head().snapshotSeq();
                var sizeBefore = before.head().lastSeq() - grown.head().snapshotSeq();
                var isOld = grown.head().snapshotAt().isBefore(limit.olderThan(at));
                if (!isOld && !limit.mayClose(sizeBefore, size, grown)) {
                    yield new Append<>(before.customerId(), before.head(), rows, grown);
                }
                var bytes = snapshots.of(grown, at);
                yield isOld || limit.closes(size, grown.head().generationBytes(), weight(bytes))
                        ? close(before, grown, rows, bytes, at)
                        : new Append<>(before.customerId(), before.head(), rows, grown);
            }
        };
    }

    private static <S> Append<S> close(
            History<S> before, History<S> grown, List<Object> rows, Bytes bytes, Instant at) {
        var head = grown.head();
        var opened =
                new Head(
                        head.revision(),
                        head.generation() + 1,
                        head.firstSeq(),
                        head.lastSeq(),
                        head.lastAt(),
                        head.lastSeq(),
                        at,
                        0);
        var after =
                new History<>(
                        grown.customerId(),
                        grown.fold(),
                        opened,
                        grown.state(),
                        grown.events(),
                        grown.commands(),
                        Source.CURRENT,
                        weight(bytes));
        var row = snapshot(after, bytes, opened.generation(), at);
        return new Append<>(
                before.customerId(),
                before.head(),
                Stream.concat(rows.stream(), Stream.of((Object) row)).toList(),
                after);
    }

    private static Head revised(Head head, Instant at) {
        return new Head(
                revisionAfter(head, at),
                head.generation(),
                head.firstSeq(),
                head.lastSeq(),
                head.lastAt(),
                head.snapshotSeq(),
                head.snapshotAt(),
                head.generationBytes());
    }

    /**
     * The revision that an append at a time moves a head to. Time gives it, so that no revision
     * returns: neither after an erasure has removed an older head, nor after the database has lost
     * its newest appends and others were stored in their place.
     */
    private static long revisionAfter(Head head, Instant at) {
        return Math.max(head.revision() + 1, ChronoUnit.MICROS.between(Instant.EPOCH, at));
    }

    private static List<Recorded> number(
            History<?> history,
            CommandId command,
            Instant at,
            List<? extends Record> events,
            EventMappers mappers) {
        var numbered = new ArrayList<Recorded>();
        var seq = history.head().lastSeq();
        for (var event : events) {
            numbered.add(
                    new Recorded(
                            ++seq,
                            history.head().generation(),
                            at,
                            mappers.of(event).aggregate(event),
                            numbered.isEmpty() ? command : null,
                            event));
        }
        return numbered;
    }

    private static boolean isReport(History<?> history, List<Recorded> events) {
        return events.stream().anyMatch(event -> history.fold().report().test(event.event()));
    }

    private static <T> List<T> all(List<T> before, List<T> after) {
        return Stream.concat(before.stream(), after.stream()).toList();
    }

    private static EventRow row(
            String customerId, Recorded event, Caller caller, EventMappers mappers) {
        return EventRow.of(customerId, event, caller, mappers.of(event.event()));
    }

    private static SnapshotRow snapshot(
            History<?> history, Bytes bytes, int generation, Instant at) {
        return SnapshotRow.of(
                history.customerId(),
                history.head().lastSeq(),
                history.fold().schemaVersion(),
                generation,
                at,
                bytes);
    }

    private static int weight(EventRow row) {
        return ROW_BYTES
                + row.eventData.length
                + row.aggregateId.length()
                + 2 * row.customerId.length()
                + (row.commandId == null ? 0 : row.commandId.length());
    }

    static int weight(Bytes snapshot) {
        return ROW_BYTES + snapshot.bytes().length;
    }
}
