package dev.tally.eventstore;

import java.util.Arrays;

/** What one stream of a customer holds: all aggregates of one kind. Names and codes are frozen. */
public enum StreamType {
    LICENSE("License", 'L'),
    DOWNLOAD("Download", 'W'),
    DEVICE("Device", 'V'),
    PLAYBACK("Playback", 'P');

    private final String label;
    private final char code;

    StreamType(String label, char code) {
        this.label = label;
        this.code = code;
    }

    /** As people see it: in row ids and in {@code event_history}. */
    public String label() {
        return label;
    }

    /**
     * As it stands in rows, where a name would cost up to eight bytes an event, twice. PostgreSQL
     * cuts {@code 'Device'} to its first letter without a word, so no code is the first letter of
     * another type's name.
     */
    public char code() {
        return code;
    }

    public static StreamType of(char code) {
        return Arrays.stream(values())
                .filter(type -> type.code == code)
                .findAny()
                .orElseThrow(() -> new IllegalStateException("no stream type " + code));
    }
}
