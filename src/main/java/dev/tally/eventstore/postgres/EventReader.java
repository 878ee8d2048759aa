package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.EventModel;
import dev.tally.eventstore.codec.UnreadableBytes;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Makes events of rows, by the mappers and aggregate types that this version knows. */
final class EventReader {

    private final EventMappers mappers;
    private final Map<Integer, AggregateType> aggregateTypes;
    private final StoreMetrics counted;

    EventReader(EventModel<?> model, EventMappers mappers, StoreMetrics counted) {
        this.mappers = mappers;
        this.aggregateTypes =
                model.aggregates().stream()
                        .collect(Collectors.toMap(AggregateType::number, type -> type));
        this.counted = counted;
    }

    /**
     * An event as the history shows it.
     *
     * @param first first event of the same command, which has the command's id and its caller; null
     *     if that event is gone
     * @param hotFrom time from which events lie in the hot tier
     */
    Described described(EventRow row, EventRow first, Instant hotFrom) {
        var type = aggregateTypes.get((int) row.aggregateType);
        var mapper = mappers.numbered(row.eventMapper);
        return new Described(
                row.seq,
                row.generation,
                row.eventTime,
                type == null ? "type " + row.aggregateType : type.name(),
                row.aggregateId,
                mapper.map(known -> known.name()).orElse("mapper " + row.eventMapper),
                payload(row),
                first == null ? null : first.commandId,
                first == null ? null : first.caller,
                row.eventTime.isBefore(hotFrom) ? Tier.ARCHIVE : Tier.HOT,
                readable(row));
    }

    /** The event of a row; null if this version cannot read it. */
    private Recorded readable(EventRow row) {
        var type = aggregateTypes.get((int) row.aggregateType);
        var mapper = mappers.numbered(row.eventMapper);
        if (type == null || mapper.isEmpty()) return null;
        try {
            return recorded(row, type, mapper.get());
        } catch (UnreadableBytes e) {
            return null;
        }
    }

    private static Recorded recorded(EventRow row, AggregateType type, EventMapper<?> mapper) {
        return new Recorded(
                row.seq,
                row.generation,
                row.eventTime,
                new Aggregate(type, row.aggregateId),
                row.command(),
                event(row, mapper));
    }

    /** Fields of an event; null if this version cannot read it. */
    private Map<String, Object> payload(EventRow row) {
        try {
            return mappers.numbered(row.eventMapper)
                    .map(mapper -> mapper.payload(event(row, mapper)))
                    .orElse(null);
        } catch (UnreadableBytes e) {
            return null;
        }
    }

    private static Record event(EventRow row, EventMapper<?> mapper) {
        return mapper.read(row.aggregateId, row.eventTime, row.eventData);
    }

    /**
     * The events of rows.
     *
     * @throws UnreadableHistory if a newer version wrote one, or its bytes are damaged
     */
    List<Recorded> recorded(String customerId, List<EventRow> rows) {
        return rows.stream().map(row -> recorded(customerId, row)).toList();
    }

    private Recorded recorded(String customerId, EventRow row) {
        var type = aggregateTypes.get((int) row.aggregateType);
        var mapper = mappers.numbered(row.eventMapper);
        if (type == null || mapper.isEmpty()) {
            throw unreadable(
                    customerId, row, "a newer version wrote it, with mapper " + row.eventMapper);
        }
        try {
            return recorded(row, type, mapper.get());
        } catch (UnreadableBytes e) {
            throw unreadable(customerId, row, e.getMessage());
        }
    }

    private UnreadableHistory unreadable(String customerId, EventRow row, String why) {
        counted.unreadable();
        return new UnreadableHistory(customerId, row.seq, why);
    }
}
