package dev.tally.runtime;

/** Tells how much time has passed. Nobody sets this clock, unlike that of the date. */
public final class Ticks {

    private Ticks() {}

    /** Nanoseconds since some moment; only differences mean anything. */
    public static long nanos() {
        return System.nanoTime();
    }
}
