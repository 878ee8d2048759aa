package dev.tally.fallback;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetadataBuilder;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Metrics of the journal for operators. Outside the container it counts nothing. */
@ApplicationScoped
class JournalMetrics {

    @Inject MetricRegistry registry;
    @Inject InstantSource clock;

    private Runnable onRefused = () -> {};

    @PostConstruct
    void register() {
        onRefused =
                registry.counter(
                                named("tally.journal.refused", "Entries that were not written.")
                                        .build())
                        ::inc;
    }

    /** Shows a journal from now on. */
    void show(Journal journal) {
        if (registry == null) return;
        registry.gauge(
                named("tally.journal.entries", "Entries that wait to be taken into the database.")
                        .build(),
                journal,
                Journal::size);
        registry.gauge(
                named("tally.journal.oldest", "Since the oldest entry was written; 0 if none is.")
                        .withUnit("seconds")
                        .build(),
                () -> journal.oldestAt().map(this::secondsSince).orElse(0L));
    }

    private long secondsSince(Instant time) {
        return Math.max(0, Duration.between(time, clock.instant()).toSeconds());
    }

    private static MetadataBuilder named(String name, String description) {
        return Metadata.builder().withName(name).withDescription(description);
    }

    void refused() {
        onRefused.run();
    }
}
