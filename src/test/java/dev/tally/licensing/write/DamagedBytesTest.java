package dev.tally.licensing.write;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;

import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.SnapshotCodec;
import dev.tally.eventstore.codec.SnapshotCodec.Bytes;
import dev.tally.eventstore.codec.UnreadableBytes;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * Damaged bytes lead to a replay or an error for their customer, and cost little time and memory.
 * The seed is fixed, so that a build fails because of a change and not by chance.
 */
class DamagedBytesTest {

    private static final long SEED = 20261125;
    private static final Instant EVENT_TIME = Instant.parse("2026-11-21T08:00:00.123456Z");
    private static final int MUTATIONS = 100_000;
    private static final Duration MOST_TIME = Duration.ofMillis(10);
    private static final long MOST_MEMORY = 1024 * 1024;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Random chance = new Random(SEED);
    private final Worst worst = new Worst();

    /** The bytes of an event and its mapper. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Written(EventMapper<?> mapper, byte[] bytes) {}

    @Test
    void an_event_is_read_or_said_to_be_unreadable() {
        var written = events();
        int unreadable = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            var one = written.get(i % written.size());
            var damaged = damaged(one.bytes());
            if (!worst.of(() -> isRead(one.mapper(), damaged))) unreadable++;
        }
        assertThat(unreadable).isBetween(MUTATIONS / 10, MUTATIONS);
        worst.isBounded();
    }

    @Test
    void a_snapshot_that_is_not_exactly_right_is_none() {
        var codec = new SnapshotCodec<>(AccountModel.FOLD);
        var snapshot = GoldenAccount.snapshot();
        assertThat(codec.read(snapshot)).isPresent();
        for (int i = 0; i < MUTATIONS; i++) {
            var damaged = new Bytes(snapshot.checksum(), damaged(snapshot.bytes()));
            assertThat(worst.of(() -> codec.read(damaged).isPresent())).isFalse();
        }
        worst.isBounded();
    }

    private static boolean isRead(EventMapper<?> mapper, byte[] bytes) {
        try {
            return mapper.read("id", EVENT_TIME, bytes) != null;
        } catch (UnreadableBytes e) {
            return false;
        }
    }

    private static List<Written> events() {
        var mappers = new EventMappers(AccountModel.MODEL.mappers());
        var written = new ArrayList<Written>();
        for (var event : GoldenAccount.EVENTS) {
            var mapper = mappers.of((Record) event);
            written.add(new Written(mapper, mapper.write((Record) event, EVENT_TIME)));
        }
        return written;
    }

    /** Damages the bytes in some way: changes bits or bytes, or removes or adds some. */
    private byte[] damaged(byte[] bytes) {
        byte[] damaged;
        do {
            damaged = bytes.clone();
            switch (chance.nextInt(5)) {
                case 0 ->
                        damaged[chance.nextInt(damaged.length)] ^= (byte) (1 << chance.nextInt(8));
                case 1 -> damaged[chance.nextInt(damaged.length)] = (byte) chance.nextInt();
                case 2 -> damaged = Arrays.copyOf(damaged, chance.nextInt(damaged.length));
                case 3 -> damaged = Arrays.copyOf(damaged, damaged.length + 1 + chance.nextInt(9));
                default -> {
                    var from = chance.nextInt(damaged.length);
                    var to = Math.min(damaged.length, from + 1 + chance.nextInt(8));
                    for (int i = from; i < to; i++) damaged[i] = (byte) chance.nextInt();
                }
            }
        } while (Arrays.equals(damaged, bytes));
        return damaged;
    }

    /**
     * The highest cost of one attempt, in memory and in processor time, so that pauses of the
     * machine do not count.
     */
    private static final class Worst {

        private long nanos;
        private long memory;

        boolean of(BooleanSupplier attempt) {
            var began = THREADS.getCurrentThreadCpuTime();
            var before = THREADS.getCurrentThreadAllocatedBytes();
            var result = attempt.getAsBoolean();
            memory = Math.max(memory, THREADS.getCurrentThreadAllocatedBytes() - before);
            nanos = Math.max(nanos, THREADS.getCurrentThreadCpuTime() - began);
            return result;
        }

        void isBounded() {
            assertThat(memory).as("bytes of memory").isLessThan(MOST_MEMORY);
            assertThat(Duration.ofNanos(nanos)).as("CPU time").isLessThan(MOST_TIME);
        }
    }
}
