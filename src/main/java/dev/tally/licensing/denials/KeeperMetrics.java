package dev.tally.licensing.denials;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.util.function.LongConsumer;

/** Metrics of the denials that are kept. Outside the container it counts nothing. */
@ApplicationScoped
class KeeperMetrics {

    @Inject MetricRegistry registry;

    private LongConsumer onKept = denials -> {};
    private LongConsumer onLost = denials -> {};

    @PostConstruct
    void register() {
        onKept = counter("tally.denials.kept", "Denials that the database has.")::inc;
        onLost =
                counter(
                                "tally.denials.lost",
                                "Denials that are kept nowhere: memory had no room, or the database"
                                        + " took them not.")
                        ::inc;
    }

    private Counter counter(String name, String description) {
        return registry.counter(named(name, description));
    }

    /** Shows a queue from now on. */
    void show(DenialQueue queue) {
        if (registry == null) return;
        registry.gauge(
                named("tally.denials.waiting", "Rows of denials that wait to be stored."),
                queue,
                DenialQueue::size);
    }

    private static Metadata named(String name, String description) {
        return Metadata.builder().withName(name).withDescription(description).build();
    }

    void kept(long denials) {
        onKept.accept(denials);
    }

    void lost(long denials) {
        onLost.accept(denials);
    }
}
