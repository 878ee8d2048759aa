package dev.tally.availability;

import java.io.Serial;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A number of uses at a time that falls while answers come too late, by a quarter with each, and
 * rises again with those in time: additive increase and multiplicative decrease, as networks find
 * out what they carry (Jacobson, Congestion Avoidance and Control, 1988).
 */
final class ConcurrencyLimit {

    /**
     * Fewest uses at a time, if the most are not fewer. Some may take seconds, such as a search;
     * commands need a turn beside them.
     */
    static final int FEWEST = 4;

    /** The limit is multiplied by this for each answer that came too late. */
    private static final double AFTER_LATE = 0.75;

    /**
     * The limit rises by this, divided by the limit, for each answer in time: by one after ten
     * times as many answers as there may be uses.
     */
    private static final double AFTER_TIMELY = 0.1;

    private final Permits free = new Permits();
    private final int most;
    private volatile double limit;

    /** Begins with the most uses that there may be at a time. */
    ConcurrencyLimit(int most) {
        this.most = most;
        limit = most;
        free.release(most);
    }

    /** True if the use may begin at once; {@link #give} has to follow. */
    boolean isFree() {
        return free.tryAcquire();
    }

    /** True if the use may begin within some time; {@link #give} has to follow. */
    boolean isFreeWithin(Duration wait) throws InterruptedException {
        return free.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Notes that a use has ended. */
    void give() {
        free.release();
    }

    /** Notes that an answer came in time. */
    void timely() {
        if (limit < most) change(AFTER_TIMELY / limit);
    }

    /** Notes that an answer came too late. */
    void late() {
        change(-limit * (1 - AFTER_LATE));
    }

    private synchronized void change(double difference) {
        int before = (int) limit;
        limit = Math.clamp(limit + difference, Math.min(FEWEST, most), most);
        int more = (int) limit - before;
        if (more > 0) free.release(more);
        else free.reduce(-more);
    }

    /** Number of uses that there may be at a time. */
    int get() {
        return (int) limit;
    }

    /** Permits. If there are fewer than are taken, as many of those that come back are kept. */
    private static final class Permits extends Semaphore {

        @Serial private static final long serialVersionUID = 1;

        Permits() {
            super(0, true);
        }

        void reduce(int number) {
            reducePermits(number);
        }
    }
}
