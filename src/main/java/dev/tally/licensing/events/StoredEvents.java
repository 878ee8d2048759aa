package dev.tally.licensing.events;

import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.codec.EventMapper;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Everything that the event store has to know of these events. A new type of aggregate is added
 * here.
 */
public final class StoredEvents {

    public static final List<AggregateType> AGGREGATES =
            List.of(
                    LicenseEvent.AGGREGATE,
                    DownloadEvent.AGGREGATE,
                    DeviceEvent.AGGREGATE,
                    SessionEvent.AGGREGATE,
                    PolicyEvent.AGGREGATE);

    /** All mappers in the order of their numbers, each of which is given once and for ever. */
    public static final List<EventMapper<?>> MAPPERS =
            Stream.of(
                            LicenseEvent.mappers(),
                            DownloadEvent.mappers(),
                            DeviceEvent.mappers(),
                            SessionEvent.mappers(),
                            PolicyEvent.mappers())
                    .<EventMapper<?>>flatMap(List::stream)
                    .sorted(Comparator.comparingInt(EventMapper::number))
                    .toList();

    private StoredEvents() {}
}
