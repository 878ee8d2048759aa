package dev.tally.licensing.events;

import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventMappers;

import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The output of a mapper when it was released. Each mapper has a file with its number, bytes and
 * JSON. The file is written once, by {@code mvn test-compile exec:exec@golden} when the mapper is
 * new, and never again.
 *
 * @param number the mapper's number
 * @param bytes in hexadecimal
 * @param payload the fields as JSON
 */
public record Golden(int number, String bytes, Map<String, Object> payload) {

    /** Time in the rows of all examples. */
    public static final Instant EVENT_TIME = Instant.parse("2026-11-21T08:15:30.123456Z");

    private static final Path FOLDER = Path.of("src/test/resources/golden");

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    static Golden of(EventMapper<?> mapper, Record event) {
        return new Golden(
                mapper.number(),
                HexFormat.of().formatHex(mapper.write(event, EVENT_TIME)),
                mapper.payload(event));
    }

    public byte[] rawBytes() {
        return HexFormat.of().parseHex(bytes);
    }

    /** The golden file of a mapper; fails if it has none. */
    public static List<Golden> of(String mapper) {
        try {
            return JSON.readValue(Files.readString(file(mapper)), new TypeReference<>() {});
        } catch (IOException e) {
            throw new UncheckedIOException(
                    mapper + " has no golden file: run mvn test-compile exec:exec@golden", e);
        }
    }

    /** Writes the files of the mappers that have none. */
    public static void writeMissing() throws IOException {
        var mappers = new EventMappers(StoredEvents.MAPPERS);
        var missing = new LinkedHashMap<Path, List<Golden>>();
        for (var event : Examples.ALL) {
            var mapper = mappers.of((Record) event);
            if (!Files.exists(file(mapper.name()))) {
                missing.computeIfAbsent(file(mapper.name()), name -> new ArrayList<>())
                        .add(of(mapper, (Record) event));
            }
        }
        for (var file : missing.entrySet()) {
            Files.writeString(file.getKey(), JSON.writeValueAsString(file.getValue()) + "\n");
        }
    }

    private static Path file(String mapper) {
        return FOLDER.resolve(mapper.replace('/', '-') + ".json");
    }
}
