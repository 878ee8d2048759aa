package dev.tally.timeline.export;

import dev.tally.http.Json;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Writes the lines of an export, and counts them. It writes as fast as the caller reads: what the
 * connection does not take keeps the source waiting.
 */
final class ExportLines {

    /** Bytes that are sent at a time. */
    static final int PART_BYTES = 64 * 1024;

    /** Time that the caller may keep the export waiting, whatever the number of bytes. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Bytes that the caller has to take in a second of waiting beyond that. */
    static final int BYTES_A_SECOND = 64 * 1024;

    private final OutputStream out;
    private final LongSupplier nanos;
    private final ByteArrayOutputStream part = new ByteArrayOutputStream(PART_BYTES);
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private long sent;
    private long waited;

    /**
     * @param nanos nanoseconds since some moment
     */
    ExportLines(OutputStream out, LongSupplier nanos) {
        this.out = out;
        this.nanos = nanos;
    }

    /** A line: the kind of data, and the data. */
    record Line(String kind, Object value) {}

    /** Says that a kind of data is exported, so that it is counted even if there is none. */
    void announce(String kind) {
        counts.putIfAbsent(kind, 0);
    }

    /**
     * Writes one line.
     *
     * @throws IOException if the caller has gone, or reads too slowly
     */
    void write(String kind, Object value) throws IOException {
        counts.merge(kind, 1, Integer::sum);
        writeUncounted(kind, value);
    }

    /** Writes a line about the stream itself. */
    void writeUncounted(String kind, Object value) throws IOException {
        part.writeBytes(Json.MAPPER.writeValueAsBytes(new Line(kind, value)));
        part.write('\n');
        if (part.size() >= PART_BYTES) send();
    }

    /** The number of lines of each kind so far. */
    Map<String, Integer> counts() {
        return counts;
    }

    /**
     * Sends what has been written.
     *
     * @throws IOException if the caller has gone, or reads too slowly
     */
    void send() throws IOException {
        var begun = nanos.getAsLong();
        part.writeTo(out);
        out.flush();
        waited += nanos.getAsLong() - begun;
        sent += part.size();
        part.reset();
        if (waited > PATIENCE.plusSeconds(sent / BYTES_A_SECOND).toNanos()) {
            throw new IOException("The caller reads the export too slowly");
        }
    }
}
