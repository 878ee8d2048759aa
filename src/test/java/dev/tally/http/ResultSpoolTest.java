package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

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

    @Test
    void a_caller_who_takes_little_by_little_is_let_go() throws IOException {
        var now = new AtomicLong();
        try (var spool = new ResultSpool(now::get)) {
            fill(spool, new ByteArrayOutputStream(), new Random(3), 4 * ResultSpool.MEMORY_BYTES);
            assertThatThrownBy(() -> spool.sendTo(new Slow(now, 9))).hasMessageContaining("slowly");
            assertThatThrownBy(() -> spool.put(new byte[1])).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_caller_may_pause_for_a_while() throws IOException {
        var now = new AtomicLong();
        var slow = new Slow(now, 9);
        try (var spool = new ResultSpool(now::get)) {
            spool.put(new byte[100]);
            spool.complete();
            spool.sendTo(slow);
        }
        assertThat(slow.size()).isEqualTo(100);
    }

    /** A caller for whom each part takes some seconds. */
    private static final class Slow extends ByteArrayOutputStream {

        private final AtomicLong now;
        private final int seconds;

        private Slow(AtomicLong now, int seconds) {
            this.now = now;
            this.seconds = seconds;
        }

        @Override
        public void write(byte[] part) throws IOException {
            now.addAndGet(Duration.ofSeconds(seconds).toNanos());
            super.write(part);
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
