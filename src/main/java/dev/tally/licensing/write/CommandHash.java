package dev.tally.licensing.write;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/**
 * Hash of what a command asks, which tells a retry from another command under the same key. It is
 * taken over the named fields that were said, in whatever order: a field that is added later and
 * not said changes nothing, so a retry that crosses a release is still a retry.
 */
public final class CommandHash {

    private final SortedMap<String, String> said = new TreeMap<>();

    private CommandHash(String what) {
        said.put("", what);
    }

    /**
     * The hash of a command without fields, yet.
     *
     * @param what is asked: a name given once and for ever
     */
    public static CommandHash of(String what) {
        return new CommandHash(what);
    }

    /**
     * With a field.
     *
     * @param value null: not said
     */
    public CommandHash with(String field, String value) {
        if (value != null && said.put(field, value) != null) {
            throw new IllegalArgumentException(field + " is said twice");
        }
        return this;
    }

    /** With a time, in milliseconds as events keep it. */
    public CommandHash with(String field, Instant time) {
        return with(field, time == null ? null : Long.toString(time.toEpochMilli()));
    }

    /** With a list, each element by its own fields, in their order. */
    public CommandHash with(String field, List<CommandHash> elements) {
        return with(
                field,
                elements.stream()
                        .map(CommandHash::text)
                        .map(CommandHash::sized)
                        .collect(Collectors.joining()));
    }

    public int value() {
        var crc = new CRC32C();
        crc.update(text().getBytes(StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }

    /** Every part has its length before it: no two commands have the same text. */
    private String text() {
        return said.entrySet().stream()
                .map(field -> sized(field.getKey()) + sized(field.getValue()))
                .collect(Collectors.joining());
    }

    private static String sized(String part) {
        return part.length() + ":" + part;
    }
}
