package dev.tally.eventstore.postgres;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamHistory;
import dev.tally.eventstore.StreamHistory.Head;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.codec.EventMappers;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What one append makes of a history, before anything of it is stored.
 *
 * @param changes one for each stream that gets an event, or whose generation has become too old
 */
record Append(String customerId, CommandId command, List<Change<?>> changes) {

    /**
     * What happens to one stream.
     *
     * @param snapshot of the state after it, which opens the next generation; null: the generation
     *     goes on
     */
    record Change<S>(StreamHistory<S> after, List<Recorded> events, Snapshot snapshot) {

        boolean isOf(Fold<?> fold) {
            return after.fold().equals(fold);
        }
    }

    /**
     * A snapshot as it is stored.
     *
     * @param seq of the last event that is folded into it
     */
    @SuppressWarnings("ArrayRecordComponent") // written once and let go, never compared
    record Snapshot(int seq, long fingerprint, byte[] bytes) {}

    /** The command of an append that stores no event, and so no command. */
    private static final CommandId NO_COMMAND = new CommandId("", 0);

    List<Recorded> events() {
        return changes.stream().flatMap(change -> change.events().stream()).toList();
    }

    /** The history with the events in it. */
    History after(History before) {
        var streams = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
        before.streams().forEach(stream -> streams.put(stream.fold().type(), stream));
        changes.forEach(change -> streams.put(change.after().fold().type(), change.after()));
        return new History(customerId, streams, before.rowsRead());
    }

    static Append to(
            History history,
            CommandId command,
            Instant at,
            List<? extends Record> events,
            EventMappers mappers,
            Snapshots snapshots,
            GenerationLimit limit) {
        var streams = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
        history.streams().forEach(stream -> streams.put(stream.fold().type(), stream));
        var first = firstTime(history, at);
        var last = first.plus(events.size() - 1L, ChronoUnit.MICROS);
        var changes = new ArrayList<Change<?>>();
        number(streams, command, first, events, mappers)
                .forEach(
                        (type, numbered) ->
                                changes.add(
                                        change(
                                                streams.get(type),
                                                numbered,
                                                last,
                                                snapshots,
                                                limit)));
        changes.addAll(
                rolledForward(
                        history,
                        stream ->
                                changes.stream().noneMatch(change -> change.isOf(stream.fold()))
                                        && isOld(stream, limit.olderThan(last)),
                        last,
                        snapshots));
        return new Append(history.customerId(), command, changes);
    }

    /** After every event and snapshot of the streams read, so that they have one order in time. */
    private static Instant firstTime(History history, Instant at) {
        return history.streams().stream()
                .flatMap(stream -> Stream.of(stream.head().lastAt(), stream.head().openedAt()))
                .map(taken -> taken.plus(1, ChronoUnit.MICROS))
                .reduce(at.truncatedTo(ChronoUnit.MICROS), (a, b) -> a.isAfter(b) ? a : b);
    }

    /**
     * Opens the next generation of streams, which get no event: what is read of them is then their
     * snapshot, and as young as that.
     *
     * @return without changes if nothing is to be rolled forward
     */
    static Append rollForward(
            History history, Predicate<StreamHistory<?>> which, Instant at, Snapshots snapshots) {
        return new Append(
                history.customerId(),
                NO_COMMAND,
                rolledForward(history, which, firstTime(history, at), snapshots));
    }

    private static List<Change<?>> rolledForward(
            History history, Predicate<StreamHistory<?>> which, Instant at, Snapshots snapshots) {
        return history.streams().stream()
                .filter(which)
                .<Change<?>>map(stream -> rolledForward(stream, at, snapshots))
                .toList();
    }

    private static <S> Change<S> rolledForward(
            StreamHistory<S> before, Instant at, Snapshots snapshots) {
        var head = before.head();
        var opened =
                new Head(generationAfter(head), head.seq(), at, head.lastAt(), head.revision() + 1);
        var after =
                new StreamHistory<>(
                        before.fold(),
                        opened,
                        before.state(),
                        before.events(),
                        before.commands(),
                        false);
        return new Change<>(after, List.of(), snapshots.of(after));
    }

    /** Whether its generation opened so long ago that another should open. */
    static boolean isOld(StreamHistory<?> stream, Instant olderThan) {
        return !stream.head().isNew() && stream.head().openedAt().isBefore(olderThan);
    }

    private static Map<StreamType, List<Recorded>> number(
            Map<StreamType, StreamHistory<?>> streams,
            CommandId command,
            Instant firstTime,
            List<? extends Record> events,
            EventMappers mappers) {
        var numbered = new LinkedHashMap<StreamType, List<Recorded>>();
        var time = firstTime;
        for (var event : events) {
            var mapper = mappers.of(event);
            var type = mapper.streamType();
            if (!streams.containsKey(type)) {
                throw new IllegalArgumentException(type + " was not read");
            }
            var head = streams.get(type).head();
            var ofType = numbered.computeIfAbsent(type, t -> new ArrayList<>());
            ofType.add(
                    new Recorded(
                            type,
                            head.generation(),
                            head.seq() + ofType.size() + 1,
                            time,
                            mapper.aggregateId(event),
                            command,
                            event));
            time = time.plus(1, ChronoUnit.MICROS);
        }
        return numbered;
    }

    private static <S> Change<S> change(
            StreamHistory<S> before,
            List<Recorded> appended,
            Instant endOfAppend,
            Snapshots snapshots,
            GenerationLimit limit) {
        var state = before.state();
        for (var event : appended) {
            state = before.fold().step().apply(state, event);
        }
        var events = new ArrayList<>(before.events());
        events.addAll(appended);
        var commands = new ArrayList<>(before.commands());
        commands.add(new PastCommand(appended.getLast().command(), appended.getLast().at()));

        var closes =
                before.replayed()
                        || limit.isReached(
                                events.size(), openedAt(before.head(), appended), endOfAppend);
        var head = moved(before.head(), appended, endOfAppend, closes);
        var after = new StreamHistory<>(before.fold(), head, state, events, commands, false);
        return new Change<>(after, appended, closes ? snapshots.of(after) : null);
    }

    /**
     * A generation opens when the whole append ends, not when its own stream does: read as of the
     * command that closed it, every stream still shows that command's events.
     */
    private static Head moved(
            Head head, List<Recorded> appended, Instant endOfAppend, boolean closes) {
        var last = appended.getLast();
        return new Head(
                closes ? generationAfter(head) : head.generation(),
                last.seq(),
                closes ? endOfAppend : openedAt(head, appended),
                last.at(),
                head.revision() + 1);
    }

    private static Instant openedAt(Head head, List<Recorded> appended) {
        return head.isNew() ? appended.getFirst().at() : head.openedAt();
    }

    private static int generationAfter(Head head) {
        if (head.generation() == EventStore.MAX_GENERATIONS) {
            throw new IllegalStateException("there is no generation after " + head.generation());
        }
        return head.generation() + 1;
    }
}
