package dev.tally.http;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.eclipse.microprofile.metrics.Timer;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts requests by operation and result. Both come from this code and never from a caller, so the
 * number of series is bounded.
 */
@ApplicationScoped
class RequestMetrics {

    /** How a request ended. */
    enum Result {
        OK,
        /** A rule forbade what was asked. */
        DENIED,
        /** The request was not valid, not allowed to the caller, or about what is not there. */
        REFUSED,
        /** Too many waited, or the store did not answer. */
        UNAVAILABLE,
        /** Something is wrong here. */
        FAILED
    }

    private static final String COUNT = "tally.requests";
    private static final String TIME = "tally.request.duration";

    @Inject MetricRegistry registry;

    private final Map<Series, Counter> counters = new ConcurrentHashMap<>();
    private Timer timer;

    private record Series(String operation, Result result) {}

    @PostConstruct
    void prepare() {
        timer =
                registry.timer(
                        Metadata.builder()
                                .withName(TIME)
                                .withDescription("From a request's first byte to its answer.")
                                .build());
    }

    public void count(CurrentRequest request, int status, long nanos) {
        counters.computeIfAbsent(
                        new Series(request.operation(), result(request, status)), this::counter)
                .inc();
        timer.update(Duration.ofNanos(nanos));
    }

    private Counter counter(Series series) {
        var metadata =
                Metadata.builder()
                        .withName(COUNT)
                        .withDescription("Requests by operation and result.")
                        .build();
        return registry.counter(
                metadata,
                new Tag("operation", series.operation),
                new Tag("result", series.result.name().toLowerCase(Locale.ROOT)));
    }

    private static Result result(CurrentRequest request, int status) {
        if (status < 400) return Result.OK;
        if (request.problem().filter(ProblemType::isDenial).isPresent()) return Result.DENIED;
        if (status < 500) return Result.REFUSED;
        return status == ProblemType.UNAVAILABLE.status() ? Result.UNAVAILABLE : Result.FAILED;
    }
}
