package dev.tally.deadline;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** The time by which the current thread needs its answer. */
public final class Deadline {

    private static final long NANOS_OF_A_MILLISECOND = 1_000_000;

    /** The deadline of each thread that has one, by {@link System#nanoTime}. */
    private static final ThreadLocal<Long> ENDS = new ThreadLocal<>();

    private Deadline() {}

    /**
     * Runs something that has to end within a limit. The limit takes the place of the thread's
     * deadline, if it has one, until then.
     */
    public static <T> T within(Duration limit, Callable<T> work) throws Exception {
        var before = ENDS.get();
        ENDS.set(System.nanoTime() + limit.toNanos());
        try {
            return work.call();
        } finally {
            restore(before);
        }
    }

    /** Runs something that throws no checked exception within a limit. */
    public static <T> T run(Duration limit, Supplier<T> work) {
        var before = ENDS.get();
        ENDS.set(System.nanoTime() + limit.toNanos());
        try {
            return work.get();
        } finally {
            restore(before);
        }
    }

    private static void restore(Long before) {
        if (before == null) ENDS.remove();
        else ENDS.set(before);
    }

    /** True if the current thread has a deadline. */
    public static boolean isSet() {
        return ENDS.get() != null;
    }

    /**
     * The shorter of a wait and what is left until the deadline.
     *
     * @param millis a wait in milliseconds; 0: for ever
     * @return milliseconds, at least 1; 0: for ever
     * @throws SocketTimeoutException if nothing is left
     */
    static int shorten(int millis) throws SocketTimeoutException {
        var end = ENDS.get();
        if (end == null) return millis;
        var left = (end - System.nanoTime()) / NANOS_OF_A_MILLISECOND;
        if (left <= 0) throw new SocketTimeoutException("The deadline is over");
        return millis == 0 || left < millis ? Math.toIntExact(left) : millis;
    }

    /** The shorter of a wait and what is left until the deadline; zero if nothing is left. */
    public static Duration shorten(Duration wait) {
        var end = ENDS.get();
        if (end == null) return wait;
        var left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
        return left.compareTo(wait) < 0 ? left : wait;
    }
}
