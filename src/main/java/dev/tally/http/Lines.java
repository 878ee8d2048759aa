package dev.tally.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The lines of a body, one after another, in memory that does not grow with their number. */
public final class Lines {

    /** The media type of a body that has a JSON value in each line. */
    public static final String NDJSON = "application/x-ndjson";

    /** Bytes of one line. */
    public static final int MAX_LINE_BYTES = 8_192;

    private final InputStream body;
    private int number;

    /**
     * One line.
     *
     * @param number counts from 1
     * @param bytes without what ends it; cut short if it is too long
     */
    @SuppressWarnings("ArrayRecordComponent") // read once and let go, never compared
    public record Line(int number, byte[] bytes) {

        public boolean isTooLong() {
            return bytes.length > MAX_LINE_BYTES;
        }

        boolean isBlank() {
            return new String(bytes, StandardCharsets.UTF_8).isBlank();
        }
    }

    public Lines(InputStream body) {
        this.body = new BufferedInputStream(body);
    }

    /** The next line that is not blank; null: there is none. */
    public Line next() throws IOException {
        for (Line line = read(); line != null; line = read()) {
            if (!line.isBlank()) return line;
        }
        return null;
    }

    /** Whether the caller would have to wait for the next. */
    public boolean isIdle() throws IOException {
        return body.available() == 0;
    }

    private Line read() throws IOException {
        var line = new ByteArrayOutputStream();
        int octet = body.read();
        if (octet < 0) return null;
        for (; octet >= 0 && octet != '\n'; octet = body.read()) {
            // A line too long is read to its end, but not kept.
            if (line.size() <= MAX_LINE_BYTES) line.write(octet);
        }
        return new Line(++number, line.toByteArray());
    }
}
