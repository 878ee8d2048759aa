package dev.tally.eventstore.postgres;

import dev.tally.eventstore.StreamHistory.Head;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.postgres.Append.Snapshot;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the database gave of one customer, by stream. */
final class Rows {

    private final Map<StreamType, Head> heads = new EnumMap<>(StreamType.class);
    private final Map<StreamType, Snapshot> snapshots = new EnumMap<>(StreamType.class);
    private final Map<StreamType, List<Event>> events = new EnumMap<>(StreamType.class);
    private final Set<StreamType> retired = EnumSet.noneOf(StreamType.class);
    private int count;

    /** An event, its bytes not read yet. */
    @SuppressWarnings("ArrayRecordComponent") // read once and let go, never compared
    record Event(
            StreamType type,
            int generation,
            int seq,
            Instant at,
            String aggregateId,
            int mapper,
            byte[] bytes,
            String commandKey,
            int commandHash) {}

    void add(StreamType type, Head head) {
        heads.put(type, head);
        count++;
    }

    void add(StreamType type, Snapshot snapshot) {
        snapshots.put(type, snapshot);
        count++;
    }

    void add(Event event) {
        events.computeIfAbsent(event.type(), type -> new ArrayList<>()).add(event);
        count++;
    }

    /** The snapshot that its events follow may have gone with its month. */
    void addRetired(StreamType type) {
        retired.add(type);
    }

    Head head(StreamType type) {
        return heads.getOrDefault(type, Head.NONE);
    }

    /** Null: the stream has none, or it was not asked for. */
    Snapshot snapshot(StreamType type) {
        return snapshots.get(type);
    }

    /** Whether its events alone do not tell its state. */
    boolean lacksSnapshot(StreamType type) {
        return snapshot(type) == null
                && (retired.contains(type) || head(type).generation() > Head.NONE.generation());
    }

    /** In order. */
    List<Event> events(StreamType type) {
        return events.getOrDefault(type, List.of());
    }

    int count() {
        return count;
    }
}
