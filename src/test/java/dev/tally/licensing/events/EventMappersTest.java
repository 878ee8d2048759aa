package dev.tally.licensing.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.UnreadableBytes;

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

    private final EventMappers mappers = new EventMappers(StoredEvents.MAPPERS);

    static Stream<Named<EventMapper<?>>> eachMapper() {
        return StoredEvents.MAPPERS.stream().map(mapper -> Named.of(mapper.name(), mapper));
    }

    @ParameterizedTest
    @MethodSource("eachMapper")
    void golden_numbers_bytes_and_json_have_not_changed(EventMapper<?> mapper) {
        var examples = Examples.ALL.stream().filter(e -> mappers.of(record(e)).equals(mapper));

        assertThat(examples.map(e -> Golden.of(mapper, record(e))).toList())
                .isNotEmpty()
                .isEqualTo(Golden.of(mapper.name()));
    }

    @ParameterizedTest
    @MethodSource("eachMapper")
    void golden_bytes_are_read_into_the_event_that_was_written(EventMapper<?> mapper) {
        var examples =
                Examples.ALL.stream().filter(e -> mappers.of(record(e)).equals(mapper)).toList();

        assertThat(Golden.of(mapper.name())).hasSameSizeAs(examples);
        for (int i = 0; i < examples.size(); i++) {
            var event = record(examples.get(i));
            var bytes = Golden.of(mapper.name()).get(i).rawBytes();
            assertThat(mapper.read(mapper.aggregate(event).id(), Golden.EVENT_TIME, bytes))
                    .isEqualTo(event);
        }
    }

    @Test
    void every_event_has_an_example_and_a_mapper() {
        var records = new HashSet<Class<?>>();
        collect(CustomerEvent.class, records);

        assertThat(records).hasSizeGreaterThan(10);
        assertThat(Examples.ALL.stream().map(Object::getClass)).containsAll(records);
        for (var example : Examples.ALL) {
            assertThat(StoredEvents.MAPPERS).contains(mappers.of(record(example)));
        }
    }

    @Test
    void numbers_and_names_of_aggregates_are_for_ever() {
        assertThat(StoredEvents.AGGREGATES)
                .containsExactly(
                        new AggregateType(1, "License"),
                        new AggregateType(2, "Download"),
                        new AggregateType(3, "Device"),
                        new AggregateType(4, "Session"),
                        new AggregateType(5, "Policy"));
        for (var example : Examples.ALL) {
            var event = record(example);
            assertThat(mappers.of(event).aggregate(event).type())
                    .isEqualTo(
                            switch (example) {
                                case LicenseEvent e -> LicenseEvent.AGGREGATE;
                                case DownloadEvent e -> DownloadEvent.AGGREGATE;
                                case DeviceEvent e -> DeviceEvent.AGGREGATE;
                                case SessionEvent e -> SessionEvent.AGGREGATE;
                                case PolicyEvent e -> PolicyEvent.AGGREGATE;
                            });
        }
    }

    @ParameterizedTest
    @MethodSource("eachMapper")
    void bytes_cut_short_or_too_long_are_refused(EventMapper<?> mapper) {
        var bytes = Golden.of(mapper.name()).getFirst().rawBytes();

        for (int length : List.of(bytes.length - 1, bytes.length + 1)) {
            var other = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> mapper.read("id", Golden.EVENT_TIME, other))
                    .isInstanceOf(UnreadableBytes.class);
        }
    }

    @Test
    void a_number_is_given_to_one_mapper_only() {
        var first = StoredEvents.MAPPERS.getFirst();

        assertThatThrownBy(() -> new EventMappers(List.of(first, first)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1");
    }

    @Test
    void an_unknown_mapper_has_no_number_here() {
        assertThat(mappers.numbered(99)).isEmpty();
    }

    private static Record record(CustomerEvent event) {
        return (Record) event;
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
