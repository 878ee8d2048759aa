package dev.tally.bench;

import org.HdrHistogram.Histogram;

/**
 * What one phase of load came to.
 *
 * @param perSecond completed a second
 * @param latencies in nanoseconds
 * @param failed answers that were not the expected one, or never came
 * @param firstFailure in words; empty if none failed
 */
record Measured(double perSecond, Histogram latencies, long failed, String firstFailure) {

    /** Significant decimal digits of a latency. */
    static final int DIGITS = 3;

    double millisAt(double percentile) {
        return latencies.getValueAtPercentile(percentile) / 1e6;
    }
}
