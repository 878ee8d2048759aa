package dev.tally.eventstore.codec;

import com.esotericsoftware.kryo.io.Input;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reads fields in the order in which a mapper wrote them. */
public final class FieldReader {

    private final Input in;
    private final Instant eventTime;

    FieldReader(Input in, Instant eventTime) {
        this.in = in;
        this.eventTime = eventTime;
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

    public List<String> texts() {
        var count = in.readVarInt(true);
        if (count < 0 || count > in.limit() - in.position()) {
            throw new UnreadableBytes(count + " texts do not fit the rest");
        }
        var texts = new ArrayList<String>();
        while (texts.size() < count) texts.add(text());
        return List.copyOf(texts);
    }

    public <T extends Enum<T>> T name(Class<T> type) {
        return Enum.valueOf(type, text());
    }

    public int count() {
        return in.readVarInt(true);
    }

    public Instant instant() {
        return Instant.ofEpochMilli(Math.addExact(eventTime.toEpochMilli(), in.readVarLong(false)));
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
