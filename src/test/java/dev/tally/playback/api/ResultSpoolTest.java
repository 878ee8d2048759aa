package dev.tally.playback.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Random;
import java.util.concurrent.Executors;

class ResultSpoolTest {

    @Test
    void results_come_out_in_order_however_many_wait() throws IOException {
        var expected = new ByteArrayOutputStream();
        var sent = new ByteArrayOutputStream();
        try (var spool = new ResultSpool()) {
            // Eight times as much as memory takes, before anybody reads.
            fill(spool, expected, new Random(1), 8 * ResultSpool.MEMORY_BYTES);
            spool.complete();
            spool.sendTo(sent);
        }
        assertThat(sent.toByteArray()).isEqualTo(expected.toByteArray());
    }

    @Test
    void results_are_sent_while_others_are_made() throws Exception {
        var expected = new ByteArrayOutputStream();
        var sent = new ByteArrayOutputStream();
        try (var spool = new ResultSpool();
                var executor = Executors.newSingleThreadExecutor()) {
            var sending =
                    executor.submit(
                            () -> {
                                spool.sendTo(sent);
                                return null;
                            });
            fill(spool, expected, new Random(2), 16 * ResultSpool.MEMORY_BYTES);
            spool.complete();
            sending.get();
        }
        assertThat(sent.toByteArray()).isEqualTo(expected.toByteArray());
    }

    @Test
    void who_makes_results_is_told_that_nobody_takes_them() throws IOException {
        try (var spool = new ResultSpool()) {
            spool.put(new byte[1]);
            assertThatThrownBy(() -> spool.sendTo(new Gone())).hasMessage("gone");

            assertThatThrownBy(() -> spool.put(new byte[1])).isInstanceOf(IOException.class);
        }
    }

    private static void fill(ResultSpool spool, OutputStream expected, Random random, int bytes)
            throws IOException {
        for (int made = 0; made < bytes; ) {
            var part = new byte[1 + random.nextInt(40_000)];
            random.nextBytes(part);
            spool.put(part);
            expected.write(part);
            made += part.length;
        }
    }

    private static final class Gone extends OutputStream {

        @Override
        public void write(int octet) throws IOException {
            throw new IOException("gone");
        }
    }
}
