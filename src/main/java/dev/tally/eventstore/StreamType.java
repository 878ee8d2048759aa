package dev.tally.eventstore;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What one stream of a customer holds: all aggregates of one kind. */
public enum StreamType {
    LICENSE("License"),
    DOWNLOAD("Download"),
    DEVICE("Device");

    private static final Map<String, StreamType> BY_LABEL =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(StreamType::label, Function.identity()));

    private final String label;

    StreamType(String label) {
        this.label = label;
    }

    /** As it stands in rows and in row ids. */
    public String label() {
        return label;
    }

    public static StreamType of(String label) {
        var type = BY_LABEL.get(label);
        if (type == null) {
            throw new IllegalStateException("no stream type " + label);
        }
        return type;
    }
}
