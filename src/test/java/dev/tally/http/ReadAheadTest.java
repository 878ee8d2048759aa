package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.Thread.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

@Timeout(30)
class ReadAheadTest {

    private final ReadAhead<Integer> ahead = new ReadAhead<>();

    @Test
    void all_lines_that_were_read_meanwhile_are_taken_together() throws Exception {
        for (int number = 1; number <= 3; number++) ahead.put(number, 10);
        assertThat(ahead.take()).containsExactly(1, 2, 3);

        ahead.put(4, 10);
        assertThat(ahead.take()).containsExactly(4);
    }

    @Test
    void a_line_is_taken_as_soon_as_it_comes() throws Exception {
        var taking = CompletableFuture.supplyAsync(this::take);
        ahead.put(1, 10);
        assertThat(taking.join()).hasSize(1);
    }

    @Test
    void after_the_last_lines_nothing_is_taken() throws Exception {
        ahead.put(1, 10);
        ahead.end();
        assertThat(ahead.take()).hasSize(1);
        assertThat(ahead.take()).isEmpty();
    }

    @Test
    void no_more_bytes_are_read_than_are_kept() throws Exception {
        var most = ReadAhead.MOST_BYTES / 8_192;
        for (int n = 0; n < most; n++) ahead.put(n, 8_192);
        assertWaitsUntilTaken(most);
    }

    private void assertWaitsUntilTaken(int count) throws Exception {
        var reader = Thread.ofPlatform().start(() -> put(-1, 10));
        await().until(() -> reader.getState() == State.WAITING);
        assertThat(ahead.take()).hasSize(count);
        reader.join();
        assertThat(ahead.take()).containsExactly(-1);
    }

    @Test
    void who_reads_stops_once_nobody_answers() throws Exception {
        ahead.put(0, ReadAhead.MOST_BYTES);
        var reading = CompletableFuture.supplyAsync(() -> put(-1, 10));
        ahead.abandon();
        assertThat(reading.join()).isFalse();
        assertThat(ahead.put(-1, 10)).isFalse();
    }

    @Test
    void lines_keep_their_order_whoever_is_faster() {
        var count = 50_000;
        var reading =
                CompletableFuture.runAsync(
                        () -> {
                            for (int n = 0; n < count; n++) put(n, 100);
                            ahead.end();
                        });
        var taken = new ArrayList<Integer>();
        for (var some = take(); !some.isEmpty(); some = take()) {
            taken.addAll(some);
        }
        reading.join();
        assertThat(taken).isEqualTo(IntStream.range(0, count).boxed().toList());
    }

    private boolean put(int line, int bytes) {
        try {
            return ahead.put(line, bytes);
        } catch (InterruptedIOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Integer> take() {
        try {
            return ahead.take();
        } catch (InterruptedIOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
