package dev.tally.local;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads the statements that a client sends over one connection from PostgreSQL's frontend messages
 * (protocol 3.0). It returns the text of a statement each time it is run.
 */
final class SentStatements {

    private static final int LENGTH_BYTES = 4;

    /** The code of the first message of a client that asks for encryption. */
    private static final int SSL_REQUEST = 80_877_103;

    private final Consumer<String> sent;
    private final Map<String, String> prepared = new HashMap<>();
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private boolean started;

    SentStatements(Consumer<String> sent) {
        this.sent = sent;
    }

    void read(byte[] bytes, int length) {
        waiting.write(bytes, 0, length);
        var buffer = ByteBuffer.wrap(waiting.toByteArray());
        while (takesOne(buffer)) {
            buffer.mark();
        }
        buffer.reset();
        waiting.reset();
        waiting.write(buffer.array(), buffer.position(), buffer.remaining());
    }

    /**
     * Takes one message; false if the buffer does not contain a whole one, and then its position
     * must be reset.
     */
    private boolean takesOne(ByteBuffer buffer) {
        buffer.mark();
        var typeBytes = started ? 1 : 0;
        if (buffer.remaining() < typeBytes + LENGTH_BYTES) return false;
        var type = started ? (char) buffer.get() : ' ';
        var length = buffer.getInt() - LENGTH_BYTES;
        if (buffer.remaining() < length) return false;
        var message = buffer.slice(buffer.position(), length);
        buffer.position(buffer.position() + length);
        if (started) {
            take(type, message);
        } else {
            started = message.getInt(0) != SSL_REQUEST;
        }
        return true;
    }

    private void take(char type, ByteBuffer message) {
        switch (type) {
            case 'Q' -> sent.accept(text(message));
            case 'P' -> prepared.put(text(message), text(message));
            case 'B' -> {
                text(message);
                sent.accept(prepared.getOrDefault(text(message), ""));
            }
            default -> {}
        }
    }

    private static String text(ByteBuffer message) {
        var bytes = new ByteArrayOutputStream();
        for (var octet = message.get(); octet != 0; octet = message.get()) bytes.write(octet);
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
