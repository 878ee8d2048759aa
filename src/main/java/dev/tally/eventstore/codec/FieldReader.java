package dev.tally.eventstore.codec;

import com.esotericsoftware.kryo.io.Input;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

/** Reads fields in the order in which a mapper wrote them. */
public final class FieldReader {

    private final Input in;

    FieldReader(Input in) {
        this.in = in;
    }

    public String text() {
        var length = in.readVarInt(true);
        if (length < 0 || length > in.limit() - in.position()) {
            throw new UnreadableBytes("a text of " + length + " bytes does not fit the rest");
        }
        var text = new String(in.getBuffer(), in.position(), length, StandardCharsets.UTF_8);
        in.setPosition(in.position() + length);
        return text;
    }

    public String textOrNull() {
        return isNull() ? null : text();
    }

    public <T extends Enum<T>> T name(Class<T> type) {
        return Enum.valueOf(type, text());
    }

    public int count() {
        return in.readVarInt(true);
    }

    public Instant instant() {
        return Instant.ofEpochMilli(in.readVarLong(true));
    }

    public Instant instantOrNull() {
        return isNull() ? null : instant();
    }

    public Duration durationOrNull() {
        return isNull() ? null : Duration.ofMillis(in.readVarLong(true));
    }

    private boolean isNull() {
        return in.readByte() == 0;
    }
}
