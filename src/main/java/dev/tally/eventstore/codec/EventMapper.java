package dev.tally.eventstore.codec;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.AggregateType;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Writes and reads the components of one version of one event record.
 *
 * <p>The bytes are the fields in declared order, nothing else; the aggregate's id and the event's
 * time are columns of their own and not repeated. {@link FieldType} says how each is written. Once
 * released, a mapper is frozen: a changed event gets a new version under a new name and number, and
 * the old mapper then reads its bytes into the new record. An event is written by the oldest
 * version that can hold it, so that older nodes still read events that use nothing new.
 *
 * @param <E> the event record
 */
public final class EventMapper<E extends Record> {

    /** Most bytes that one event may have. */
    static final int MAX_BYTES = 16 * 1024;

    private static final int USUAL_BYTES = 128;

    private final int number;
    private final String name;
    private final AggregateType aggregateType;
    private final Class<E> eventClass;
    private final Function<E, String> aggregateId;
    private final List<Field<E>> fields;
    private final BiFunction<String, FieldReader, E> reader;
    private final Predicate<E> holds;

    /** One component of the record: its name, its encoding, and how to get it. */
    private record Field<E>(
            String name, FieldType type, boolean nullable, Function<E, Object> getter) {

        String typeLabel() {
            return type.label() + (nullable ? "?" : "");
        }

        void write(Output out, E event, Instant eventTime) {
            var value = getter.apply(event);
            if (nullable) {
                out.writeByte(value == null ? 0 : 1);
            } else if (value == null) {
                throw new IllegalArgumentException(
                        name + " of " + event.getClass().getSimpleName() + " is null");
            }
            if (value != null) {
                type.write(out, value, eventTime);
            }
        }
    }

    private EventMapper(Builder<E> builder, BiFunction<String, FieldReader, E> reader) {
        this.number = builder.number;
        this.name = builder.name;
        this.aggregateType = builder.aggregateType;
        this.eventClass = builder.eventClass;
        this.aggregateId = builder.aggregateId;
        this.fields = List.copyOf(builder.fields);
        this.reader = reader;
        this.holds = builder.holds;
    }

    /**
     * Begins to declare a mapper.
     *
     * @param number number that rows hold, from 1 to 32,767; like the name it is given once and for
     *     ever
     */
    public static <E extends Record> Builder<E> of(
            int number,
            String name,
            AggregateType aggregateType,
            Class<E> eventClass,
            Function<E, String> aggregateId) {
        return new Builder<>(number, name, aggregateType, eventClass, aggregateId);
    }

    /** Number that rows hold instead of the name, which would be most of a small event. */
    public int number() {
        return number;
    }

    /** Name and version of the event: {@code LicenseIssued/1}. */
    public String name() {
        return name;
    }

    public AggregateType aggregateType() {
        return aggregateType;
    }

    Class<E> eventClass() {
        return eventClass;
    }

    /** The version at the end of the name. */
    int version() {
        return Integer.parseInt(name.substring(name.indexOf('/') + 1));
    }

    public List<String> fieldNames() {
        return fields.stream().map(Field::name).toList();
    }

    public List<String> fieldTypes() {
        return fields.stream().map(Field::typeLabel).toList();
    }

    public Aggregate aggregate(Record event) {
        return new Aggregate(aggregateType, aggregateId.apply(eventClass.cast(event)));
    }

    /** True if this version can hold all that the event says. */
    boolean holds(Record event) {
        return holds.test(eventClass.cast(event));
    }

    /**
     * The bytes of an event.
     *
     * @param eventTime time in the event's row, which the bytes do not repeat
     */
    public byte[] write(Record event, Instant eventTime) {
        var typed = eventClass.cast(event);
        try (var out = new Output(USUAL_BYTES, MAX_BYTES)) {
            for (var field : fields) {
                field.write(out, typed, eventTime);
            }
            return out.toBytes();
        }
    }

    /**
     * Reads an event.
     *
     * @param id id of the aggregate, from the event's row
     * @param eventTime time in the event's row
     * @throws UnreadableBytes if this mapper did not write these bytes
     */
    public E read(String id, Instant eventTime, byte[] bytes) {
        try (var in = new Input(bytes)) {
            var event = reader.apply(id, new FieldReader(in, eventTime));
            if (in.position() < in.limit())
                throw new UnreadableBytes("bytes are left after " + name);
            return event;
        } catch (KryoException
                | IllegalArgumentException
                | DateTimeException
                | ArithmeticException
                | IndexOutOfBoundsException e) {
            throw new UnreadableBytes("these bytes are no " + name, e);
        }
    }

    /** The fields by name, as the JSON values that {@code tally.event_payload} gives in SQL. */
    public Map<String, Object> payload(Record event) {
        var typed = eventClass.cast(event);
        var payload = new LinkedHashMap<String, Object>();
        for (var field : fields) {
            var value = field.getter().apply(typed);
            payload.put(field.name(), value == null ? null : field.type().toJson(value));
        }
        return payload;
    }

    /** Declares the fields of a mapper in the order of their bytes. */
    public static final class Builder<E extends Record> {

        private final int number;
        private final String name;
        private final AggregateType aggregateType;
        private final Class<E> eventClass;
        private final Function<E, String> aggregateId;
        private final List<Field<E>> fields = new ArrayList<>();
        private Predicate<E> holds = event -> true;

        private Builder(
                int number,
                String name,
                AggregateType aggregateType,
                Class<E> eventClass,
                Function<E, String> aggregateId) {
            this.number = number;
            this.name = name;
            this.aggregateType = aggregateType;
            this.eventClass = eventClass;
            this.aggregateId = aggregateId;
        }

        public Builder<E> text(String field, Function<E, String> getter) {
            return add(field, FieldType.TEXT, false, getter::apply);
        }

        public Builder<E> textOrNull(String field, Function<E, String> getter) {
            return add(field, FieldType.TEXT, true, getter::apply);
        }

        public Builder<E> texts(String field, Function<E, List<String>> getter) {
            return add(field, FieldType.TEXTS, false, getter::apply);
        }

        public Builder<E> name(String field, Function<E, Enum<?>> getter) {
            return add(field, FieldType.TEXT, false, event -> getter.apply(event).name());
        }

        public Builder<E> count(String field, Function<E, Integer> getter) {
            return add(field, FieldType.COUNT, false, getter::apply);
        }

        public Builder<E> instant(String field, Function<E, Instant> getter) {
            return add(field, FieldType.INSTANT, false, getter::apply);
        }

        public Builder<E> instantOrNull(String field, Function<E, Instant> getter) {
            return add(field, FieldType.INSTANT, true, getter::apply);
        }

        public Builder<E> durationOrNull(String field, Function<E, Duration> getter) {
            return add(field, FieldType.DURATION, true, getter::apply);
        }

        /**
         * Limits a mapper that has a newer version to the events that it can hold. Without this
         * call, it holds all.
         *
         * @param holds false for an event that says something that only a newer version keeps
         */
        public Builder<E> holds(Predicate<E> holds) {
            this.holds = holds;
            return this;
        }

        /**
         * Ends the declaration with the function that reads the fields, in their declared order.
         */
        public EventMapper<E> reads(BiFunction<String, FieldReader, E> reader) {
            return new EventMapper<>(this, reader);
        }

        private Builder<E> add(
                String field, FieldType type, boolean nullable, Function<E, Object> getter) {
            fields.add(new Field<>(field, type, nullable, getter));
            return this;
        }
    }
}
