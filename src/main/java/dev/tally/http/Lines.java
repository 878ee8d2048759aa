package dev.tally.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads a body line by line, in memory that does not grow with the number of lines. */
public final class Lines {

    /** The media type of a body that has a JSON value in each line. */
    public static final String NDJSON = "application/x-ndjson";

    /** Longest line, in bytes. */
    public static final int MAX_LINE_BYTES = 8_192;

    private final InputStream body;
    private int number;

    /**
     * One line of a body.
     *
     * @param number line number, counted from 1, blank lines included
     * @param bytes content without the line feed; cut short if the line is too long
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

    /** The next line that is not blank; null at the end of the body. */
    public Line next() throws IOException {
        for (Line line = read(); line != null; line = read()) {
            if (!line.isBlank()) return line;
        }
        return null;
    }

    /** Number of lines that have been read, blank lines included. */
    public int number() {
        return number;
    }

    private Line read() throws IOException {
        var line = new ByteArrayOutputStream();
        int octet = body.read();
        if (octet < 0) return null;
        for (; octet >= 0 && octet != '\n'; octet = body.read()) {
            // A line that is too long is read to its end, but not kept.
            if (line.size() <= MAX_LINE_BYTES) line.write(octet);
        }
        return new Line(++number, line.toByteArray());
    }
}
