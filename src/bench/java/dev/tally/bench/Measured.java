package dev.tally.bench;

import org.HdrHistogram.Histogram;

/**
 * The result of one phase of load.
 *
 * @param perSecond completed calls a second
 * @param latencies in nanoseconds
 * @param failed number of calls with another answer than expected, or without one
 * @param firstFailure in words; empty if none failed
 */
record Measured(double perSecond, Histogram latencies, long failed, String firstFailure) {

    /** Significant decimal digits of a latency. */
    static final int DIGITS = 3;

    double millisAt(double percentile) {
        return latencies.getValueAtPercentile(percentile) / 1e6;
    }
}
