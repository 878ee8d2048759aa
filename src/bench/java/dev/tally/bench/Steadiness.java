package dev.tally.bench;

import org.HdrHistogram.Histogram;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * How steady the machine's processors are. Beside a load, one thread does the same small piece of
 * work again and again, and takes the processor time that each takes. Waiting for a processor does
 * not count. So longer times are those of processors that run slower for a while, as those of a
 * virtual machine do whose host has other work.
 */
final class Steadiness implements AutoCloseable {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Pieces of work until they are compiled. */
    private static final int WARM = 2_000;

    private static final int STEPS = 50_000;
    private static final long PAUSE_MILLIS = 5;

    private final Histogram nanos = new Histogram(Measured.DIGITS);
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::watch);
    private volatile boolean stopped;
    private volatile long result;

    /** Watches until it is closed. */
    static Steadiness watching() {
        var steadiness = new Steadiness();
        for (int i = 0; i < WARM; i++) steadiness.work();
        steadiness.thread.start();
        return steadiness;
    }

    private void watch() {
        try {
            while (!stopped) {
                var before = THREADS.getCurrentThreadCpuTime();
                work();
                nanos.recordValue(Math.max(0, THREADS.getCurrentThreadCpuTime() - before));
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        var number = result;
        for (int i = 0; i < STEPS; i++) {
            number ^= number << 13;
            number ^= number >>> 7;
            number ^= number << 17;
            number += i;
        }
        result = number;
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A sentence about what several watches have seen together. */
    static String describe(Iterable<Steadiness> watches) {
        var all = new Histogram(Measured.DIGITS);
        for (var watch : watches) all.add(watch.nanos);
        var median = all.getValueAtPercentile(50);
        var slow = 100 - all.getPercentileAtOrBelowValue(2 * median);
        return "The machine's processors meanwhile: a fixed piece of work took %,.0f µs of processor time, in %.1f %% of %,d times more than twice as long, up to %.0f times."
                .formatted(
                        median / 1e3,
                        slow,
                        all.getTotalCount(),
                        (double) all.getMaxValue() / median);
    }
}
