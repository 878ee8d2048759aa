package dev.tally.eventstore.postgres;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.History;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamHistory;
import dev.tally.eventstore.StreamHistory.Head;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.kryo.EventMappers;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What one append makes of a history, before anything of it is stored.
 *
 * @param changes one for each stream that gets an event
 */
record Append(String customerId, CommandId command, List<Change<?>> changes) {

    /**
     * What happens to one stream.
     *
     * @param snapshot of the state after it, which opens the next generation; null: the generation
     *     goes on
     */
    record Change<S>(StreamHistory<S> after, List<Recorded> events, Snapshot snapshot) {}

    /** A snapshot as it is stored. */
    @SuppressWarnings("ArrayRecordComponent") // written once and let go, never compared
    record Snapshot(long fingerprint, byte[] bytes) {}

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
            int eventsPerGeneration) {
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
                                                eventsPerGeneration)));
        return new Append(history.customerId(), command, changes);
    }

    /** After every event and snapshot of the streams read, so that they have one order in time. */
    private static Instant firstTime(History history, Instant at) {
        return history.streams().stream()
                .flatMap(stream -> Stream.of(stream.head().lastAt(), stream.head().openedAt()))
                .map(taken -> taken.plus(1, ChronoUnit.MICROS))
                .reduce(at.truncatedTo(ChronoUnit.MICROS), (a, b) -> a.isAfter(b) ? a : b);
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
            int eventsPerGeneration) {
        var state = before.state();
        for (var event : appended) {
            state = before.fold().step().apply(state, event);
        }
        var events = new ArrayList<>(before.events());
        events.addAll(appended);
        var commands = new ArrayList<>(before.commands());
        commands.add(new PastCommand(appended.getLast().command(), appended.getLast().at()));

        var closes = events.size() >= eventsPerGeneration || before.replayed();
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
        if (closes && head.generation() == EventStore.MAX_GENERATIONS) {
            throw new IllegalStateException(
                    appended.getLast().type() + " has no generation after " + head.generation());
        }
        var last = appended.getLast();
        var openedAt = head.isNew() ? appended.getFirst().at() : head.openedAt();
        return new Head(
                closes ? head.generation() + 1 : head.generation(),
                last.seq(),
                closes ? endOfAppend : openedAt,
                last.at(),
                head.revision() + 1);
    }
}
