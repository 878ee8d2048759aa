package dev.tally.eventstore.codec;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All mappers that ever existed. An event is written by the oldest mapper of its record that can
 * hold it, and read by the mapper that its row names.
 */
public final class EventMappers {

    private final Map<Integer, EventMapper<?>> byNumber = new HashMap<>();
    private final Map<Class<?>, List<EventMapper<?>>> oldestFirst = new HashMap<>();

    /**
     * The mappers of a feature.
     *
     * @throws IllegalArgumentException if two have one number
     */
    public EventMappers(Collection<EventMapper<?>> mappers) {
        for (var mapper : mappers) {
            if (byNumber.put(mapper.number(), mapper) != null) {
                throw new IllegalArgumentException("two mappers " + mapper.number());
            }
            oldestFirst.computeIfAbsent(mapper.eventClass(), type -> new ArrayList<>()).add(mapper);
        }
        oldestFirst.values().forEach(of -> of.sort(Comparator.comparingInt(EventMapper::version)));
    }

    public Collection<EventMapper<?>> all() {
        return byNumber.values().stream()
                .sorted(Comparator.comparingInt(EventMapper::number))
                .toList();
    }

    /** The mapper that writes an event. */
    public EventMapper<?> of(Record event) {
        for (var mapper : oldestFirst.getOrDefault(event.getClass(), List.of())) {
            if (mapper.holds(event)) return mapper;
        }
        throw new IllegalStateException("no mapper for " + event.getClass().getName());
    }

    /** The mapper that wrote a row; empty if this version does not know it. */
    public Optional<EventMapper<?>> numbered(int number) {
        return Optional.ofNullable(byNumber.get(number));
    }
}
