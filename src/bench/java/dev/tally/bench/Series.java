package dev.tally.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Several rounds of the same measurement, of which the median counts. */
final class Series {

    static final List<String> HEAD =
            List.of("", "a second", "of the first", "p50 ms", "p99 ms", "p99.9 ms");

    private final String name;
    private final List<Measured> rounds = new ArrayList<>();

    Series(String name) {
        this.name = name;
    }

    /**
     * Adds a round.
     *
     * @throws IllegalStateException if some calls failed, because the figures then mean nothing
     */
    void add(Measured measured) {
        if (measured.failed() > 0) {
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
        return List.of(name, perSecond(), over(first), millisAt(50), millisAt(99), millisAt(99.9));
    }

    private double median(ToDoubleFunction<Measured> figure) {
        return Figures.median(rounds.stream().map(figure::applyAsDouble).toList());
    }
}
