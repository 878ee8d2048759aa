package dev.tally.eventstore.codec;

import com.esotericsoftware.kryo.io.Output;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Encoding of a field, so simple that {@code tally.event_payload} reads it in PL/pgSQL. All numbers
 * have Kryo's variable-length encoding for non-negative numbers: seven bits a byte, lowest first,
 * the top bit set on all bytes but the last. A nullable field has a byte before it: 0 for null,
 * else 1.
 */
enum FieldType {
    /** Length in bytes, then the text in UTF-8. */
    TEXT {
        @Override
        void write(Output out, Object value) {
            var bytes = ((String) value).getBytes(StandardCharsets.UTF_8);
            out.writeVarInt(bytes.length, true);
            out.writeBytes(bytes);
        }
    },
    /** A whole number, not negative. */
    COUNT {
        @Override
        void write(Output out, Object value) {
            out.writeVarInt((Integer) value, true);
        }

        @Override
        Object toJson(Object value) {
            return value;
        }
    },
    /** Milliseconds since 1970 in UTC. */
    INSTANT {
        @Override
        void write(Output out, Object value) {
            out.writeVarLong(((Instant) value).toEpochMilli(), true);
        }

        @Override
        Object toJson(Object value) {
            return MILLIS.format((Instant) value);
        }
    },
    /** Length of time in milliseconds. */
    DURATION {
        @Override
        void write(Output out, Object value) {
            out.writeVarLong(((Duration) value).toMillis(), true);
        }
    };

    private static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    /** Name of the encoding in the registry. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    abstract void write(Output out, Object value);

    Object toJson(Object value) {
        return value.toString();
    }
}
