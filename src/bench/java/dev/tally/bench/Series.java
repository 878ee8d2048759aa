package dev.tally.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Several rounds of the same measurement, of which the median counts. */
final class Series {

    static final List<String> HEAD =
            List.of("", "a second", "of the first", "p50 ms", "p99 ms", "p99.9 ms", "failed");

    /** So many calls of a round may fail, and as many as this part of them. */
    private static final int FEW = 5;

    private static final double MOST_FAILED = 0.01;

    private final String name;
    private final List<Measured> rounds = new ArrayList<>();

    Series(String name) {
        this.name = name;
    }

    /**
     * Adds a round. A few of its calls may fail, since a server under all the load that it can take
     * refuses what would come too late.
     *
     * @throws IllegalStateException if more than a few failed, because the figures then mean
     *     nothing
     */
    void add(Measured measured) {
        var calls = measured.latencies().getTotalCount();
        if (measured.failed() > Math.max(FEW, calls * MOST_FAILED)) {
            throw new IllegalStateException(
                    "%s: %d failed, first %s"
                            .formatted(name, measured.failed(), measured.firstFailure()));
        }
        rounds.add(measured);
    }

    String name() {
        return name;
    }

    /** The number of calls in all rounds. */
    long count() {
        return rounds.stream().mapToLong(round -> round.latencies().getTotalCount()).sum();
    }

    double perSecond() {
        return median(Measured::perSecond);
    }

    double millisAt(double percentile) {
        return median(round -> round.millisAt(percentile));
    }

    /** This throughput divided by the other's. */
    double over(Series other) {
        return perSecond() / other.perSecond();
    }

    List<Object> row(Series first) {
        return List.of(
                name,
                perSecond(),
                over(first),
                millisAt(50),
                millisAt(99),
                millisAt(99.9),
                rounds.stream().mapToLong(Measured::failed).sum());
    }

    private double median(ToDoubleFunction<Measured> figure) {
        return Figures.median(rounds.stream().map(figure::applyAsDouble).toList());
    }
}
