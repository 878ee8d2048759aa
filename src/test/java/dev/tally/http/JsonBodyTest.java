package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Bodies of all lengths are read to their end, in whatever pieces they come. */
class JsonBodyTest {

    private static final String AROUND = "{\"text\":\"\"}";

    @ParameterizedTest
    @ValueSource(ints = {12, 1_023, 1_024, 1_025, 2_048, 16_384, 65_536})
    void a_body_of_any_length_is_read_to_its_end(int length) throws IOException {
        var text = "x".repeat(length - AROUND.length());
        var body = "{\"text\":\"" + text + "\"}";

        assertThat(read(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(Map.of("text", text));
        assertThat(read(new Slow(body.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(Map.of("text", text));
    }

    @SuppressWarnings("unchecked") // JAX-RS asks for a class of objects
    private static Object read(InputStream body) throws IOException {
        return new Json()
                .readFrom(
                        (Class<Object>) (Class<?>) Map.class,
                        Map.class,
                        new Annotation[0],
                        null,
                        null,
                        body);
    }

    /** Gives a byte at a time. */
    private static final class Slow extends FilterInputStream {

        Slow(byte[] bytes) {
            super(new ByteArrayInputStream(bytes));
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            return super.read(into, from, Math.min(1, length));
        }
    }
}
