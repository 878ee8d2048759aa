package dev.tally.licensing.provisional;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

/** Metrics of promises. Outside the container it counts nothing. */
@ApplicationScoped
class ProvisionalMetrics {

    @Inject MetricRegistry registry;

    private Runnable onIssued = () -> {};
    private Runnable onReconciled = () -> {};
    private Runnable onOverLimit = () -> {};
    private Runnable onRefused = () -> {};

    void showAtStart(@Observes Startup started) {
        // The call alone registers the counters: operators see them before the first outage.
    }

    @PostConstruct
    void register() {
        onIssued = counter("issued", "Promises made while the store did not answer.");
        onReconciled = counter("reconciled", "Promises that the store has taken.");
        onOverLimit = counter("over.limit", "Promises that were over a limit by then.");
        onRefused =
                counter(
                        "refused",
                        "Promises that the store could not take: what they are about is gone.");
    }

    private Runnable counter(String name, String description) {
        var metadata =
                Metadata.builder()
                        .withName("tally.provisional." + name)
                        .withDescription(description)
                        .build();
        return registry.counter(metadata)::inc;
    }

    void issued() {
        onIssued.run();
    }

    void reconciled() {
        onReconciled.run();
    }

    void overLimit() {
        onOverLimit.run();
    }

    void refused() {
        onRefused.run();
    }
}
