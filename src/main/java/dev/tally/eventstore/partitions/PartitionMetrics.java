package dev.tally.eventstore.partitions;

import dev.tally.eventstore.partitions.Partitions.Description;
import dev.tally.eventstore.partitions.Partitions.Job;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Metrics of the partitions for operators. They are read with each run of the job and not with each
 * scrape: a scrape does not wait for the database, and while the database is away it gets the last
 * values.
 */
@ApplicationScoped
class PartitionMetrics {

    private static final String HOT = "HOT";
    private static final String ARCHIVE = "ARCHIVE";

    @Inject MetricRegistry registry;
    @Inject InstantSource clock;

    private volatile List<Description> partitions;
    private volatile Job job;
    private volatile Instant end;
    private volatile long differences;

    void update(Partitions now) {
        var first = partitions == null;
        job = now.job();
        end = now.end();
        differences = now.differences();
        partitions = now.all();
        if (first) register();
    }

    private void register() {
        for (var tier : List.of(HOT, ARCHIVE)) {
            gauge(
                    "tally.partition.bytes",
                    "bytes",
                    "On disk, indexes included.",
                    () -> ofTier(tier).mapToLong(p -> p.bytes() == null ? 0 : p.bytes()).sum(),
                    new Tag("tier", tier));
            gauge(
                    "tally.partition.rows",
                    "rows",
                    "Events and snapshots; of the hot tier as the database estimates them.",
                    () -> ofTier(tier).mapToLong(Description::rows).sum(),
                    new Tag("tier", tier));
        }
        gauge(
                "tally.partition.oldest.hot.age",
                "seconds",
                "Since the oldest hot partition began. Grows where the job does not get on.",
                () ->
                        ofTier(HOT)
                                .map(Description::startsAt)
                                .min(Comparator.naturalOrder())
                                .map(this::secondsSince)
                                .orElse(0L));
        gauge(
                "tally.partition.ahead",
                "seconds",
                "For how long there are partitions from now on. At 0 nothing can be stored.",
                () -> Math.max(0, -secondsSince(end)));
        gauge(
                "tally.partition.failed",
                "partitions",
                "Partitions whose last step failed, or which wait.",
                () -> partitions.stream().filter(p -> p.lastError() != null).count());
        gauge(
                "tally.partition.missing",
                "partitions",
                "Partitions that are not attached: somebody detached, renamed or dropped them.",
                () -> partitions.stream().filter(p -> p.state().equals("MISSING")).count());
        gauge(
                "tally.partition.erased",
                "partitions",
                "Partitions whose files may contain bytes of erased rows.",
                () -> partitions.stream().filter(p -> p.erasedSince() != null).count());
        gauge(
                "tally.partition.different",
                "differences",
                "What PostgreSQL says of partitions and table partition does not: see view"
                        + " partition_difference.",
                () -> differences);
        gauge(
                "tally.partition.job.failed",
                "failures",
                "1 while partitions cannot be made ahead, or snapshots not be checked.",
                () -> job.lastError() == null ? 0L : 1L);
        gauge(
                "tally.partition.job.success.age",
                "seconds",
                "Since the job last did all there was to do; -1 if it never has.",
                () -> job.lastSuccessAt() == null ? -1 : secondsSince(job.lastSuccessAt()));
    }

    private void gauge(
            String name, String unit, String description, Supplier<Long> value, Tag... tags) {
        var metadata =
                Metadata.builder()
                        .withName(name)
                        .withUnit(unit)
                        .withDescription(description)
                        .build();
        registry.gauge(metadata, value, tags);
    }

    private Stream<Description> ofTier(String tier) {
        return partitions.stream().filter(p -> p.tier().equals(tier));
    }

    private long secondsSince(Instant time) {
        return Duration.between(time, clock.instant()).toSeconds();
    }
}
