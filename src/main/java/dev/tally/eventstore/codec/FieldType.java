package dev.tally.eventstore.codec;

import com.esotericsoftware.kryo.io.Output;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Encoding of a field, so simple that {@code tally.event_payload} reads it in PL/pgSQL. All numbers
 * have Kryo's variable-length encoding for non-negative numbers: seven bits a byte, lowest first,
 * the top bit set on all bytes but the last, or on all nine. A nullable field has a byte before it:
 * 0 for null, else 1.
 */
enum FieldType {
    /** Length in bytes, then the text in UTF-8. */
    TEXT {
        @Override
        void write(Output out, Object value, Instant eventTime) {
            var bytes = ((String) value).getBytes(StandardCharsets.UTF_8);
            out.writeVarInt(bytes.length, true);
            out.writeBytes(bytes);
        }
    },
    /** A whole number, not negative. */
    COUNT {
        @Override
        void write(Output out, Object value, Instant eventTime) {
            out.writeVarInt((Integer) value, true);
        }

        @Override
        Object toJson(Object value) {
            return value;
        }
    },
    /**
     * Milliseconds from the event's own time, in zigzag order: 0, -1, 1, -2, … Most instants of an
     * event are at its own time or near to it, and take 1 to 5 bytes instead of 6.
     */
    INSTANT {
        @Override
        void write(Output out, Object value, Instant eventTime) {
            var distance = ((Instant) value).toEpochMilli() - eventTime.toEpochMilli();
            out.writeVarLong(distance, false);
        }

        @Override
        Object toJson(Object value) {
            return TIME.format((Instant) value);
        }
    },
    /** Length of time in milliseconds. */
    DURATION {
        @Override
        void write(Output out, Object value, Instant eventTime) {
            out.writeVarLong(((Duration) value).toMillis(), true);
        }
    },
    /** Number of texts, then each of them as {@link #TEXT}. */
    TEXTS {
        @Override
        void write(Output out, Object value, Instant eventTime) {
            var texts = (List<?>) value;
            out.writeVarInt(texts.size(), true);
            for (var text : texts) TEXT.write(out, text, eventTime);
        }

        @Override
        Object toJson(Object value) {
            return value;
        }
    };

    /** Format of a time, with as many digits as the time of an event has. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    /** Name of the encoding in the registry. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Writes one value.
     *
     * @param eventTime time in the row of the event that the field belongs to
     */
    abstract void write(Output out, Object value, Instant eventTime);

    Object toJson(Object value) {
        return value.toString();
    }
}
