package dev.tally.eventstore.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.licensing.events.LicensingEvent;
import dev.tally.licensing.events.SessionEvent;

import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

class EventMappersTest {

    private final EventMappers mappers = new EventMappers();

    static Stream<Named<EventMapper<?>>> eachMapper() {
        return EventMappers.ALL.stream().map(mapper -> Named.of(mapper.name(), mapper));
    }

    @ParameterizedTest
    @MethodSource("eachMapper")
    void golden_numbers_bytes_and_json_have_not_changed(EventMapper<?> mapper) {
        var examples = Examples.ALL.stream().filter(e -> mappers.of(e).equals(mapper)).toList();

        assertThat(examples).isNotEmpty();
        assertThat(examples.stream().map(e -> Golden.of(mapper, e)).toList())
                .isEqualTo(Golden.of(mapper.name()));
    }

    @ParameterizedTest
    @MethodSource("eachMapper")
    void golden_bytes_are_read_into_the_event_that_was_written(EventMapper<?> mapper) {
        var examples = Examples.ALL.stream().filter(e -> mappers.of(e).equals(mapper)).toList();

        assertThat(Golden.of(mapper.name())).hasSameSizeAs(examples);
        for (int i = 0; i < examples.size(); i++) {
            var event = examples.get(i);
            var bytes = Golden.of(mapper.name()).get(i).rawBytes();
            assertThat(mapper.read(mapper.aggregateId(event), bytes)).isEqualTo(event);
        }
    }

    @Test
    void every_event_has_a_mapper_and_an_example() {
        var records = new HashSet<Class<?>>();
        collect(LicensingEvent.class, records);
        collect(SessionEvent.class, records);

        assertThat(records).hasSizeGreaterThan(10);
        var mapped = new HashSet<Class<?>>();
        EventMappers.ALL.forEach(mapper -> mapped.add(mapper.eventClass()));
        assertThat(mapped).containsAll(records);
        assertThat(Examples.ALL.stream().map(Object::getClass)).containsAll(records);
    }

    @ParameterizedTest
    @MethodSource("eachMapper")
    void bytes_cut_short_or_too_long_are_refused(EventMapper<?> mapper) {
        var bytes = Golden.of(mapper.name()).getFirst().rawBytes();

        assertThatThrownBy(() -> mapper.read("id", Arrays.copyOf(bytes, bytes.length - 1)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> mapper.read("id", Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_number_is_given_to_one_mapper_only() {
        var twice = List.<EventMapper<?>>of(mappers.numbered(1), mappers.numbered(1));

        assertThatThrownBy(() -> new EventMappers(twice))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1");
    }

    @Test
    void an_unknown_mapper_stops_its_reader() {
        assertThatThrownBy(() -> mappers.numbered(99))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("99");
    }

    private static void collect(Class<?> sealed, Set<Class<?>> records) {
        if (sealed.isRecord()) {
            records.add(sealed);
            return;
        }
        for (var permitted : sealed.getPermittedSubclasses()) {
            collect(permitted, records);
        }
    }
}
