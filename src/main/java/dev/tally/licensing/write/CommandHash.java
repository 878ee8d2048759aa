package dev.tally.licensing.write;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/**
 * Hash of what a command asks, which tells a retry from another command under the same key. The
 * hash is taken over the named fields that were given, in whatever order. A field that is added
 * later and not given changes nothing, so a retry that crosses a release is still a retry.
 */
public final class CommandHash {

    private final SortedMap<String, String> said = new TreeMap<>();

    private CommandHash(String what) {
        said.put("", what);
    }

    /**
     * Begins the hash of a command.
     *
     * @param what name of what is asked, given once and for ever
     */
    public static CommandHash of(String what) {
        return new CommandHash(what);
    }

    /**
     * Adds a field.
     *
     * @param value null: not given
     */
    public CommandHash with(String field, String value) {
        if (value != null && said.put(field, value) != null) {
            throw new IllegalArgumentException(field + " is said twice");
        }
        return this;
    }

    /** Adds a time, in milliseconds as events keep it. */
    public CommandHash with(String field, Instant time) {
        return with(field, time == null ? null : Long.toString(time.toEpochMilli()));
    }

    /** Adds a list, each element by its own fields, in the order of the list. */
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

    /**
     * Text of the command. Every part has its length before it: no two commands have the same text.
     */
    private String text() {
        return said.entrySet().stream()
                .map(field -> sized(field.getKey()) + sized(field.getValue()))
                .collect(Collectors.joining());
    }

    private static String sized(String part) {
        return part.length() + ":" + part;
    }
}
