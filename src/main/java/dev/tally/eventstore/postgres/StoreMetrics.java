package dev.tally.eventstore.postgres;

import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.util.function.ToLongFunction;

/** Metrics of the store for operators. Outside the container, {@link #NONE} counts nothing. */
record StoreMetrics(
        Runnable onReplay,
        Runnable onDifference,
        Runnable onLostConfirmation,
        Runnable onUnreadable,
        Runnable onGrouped) {

    static final StoreMetrics NONE =
            new StoreMetrics(() -> {}, () -> {}, () -> {}, () -> {}, () -> {});

    static StoreMetrics in(MetricRegistry registry, Warm warm) {
        gauge(registry, warm, "tally.warm.customers", "Customers kept in memory.", Warm::size);
        gauge(registry, warm, "tally.warm.bytes", "Bytes of heap that they take.", Warm::bytes);
        gauge(registry, warm, "tally.warm.hits", "Reads that memory answered.", Warm::hits);
        gauge(
                registry,
                warm,
                "tally.warm.misses",
                "Reads that memory could not answer.",
                Warm::misses);
        return new StoreMetrics(
                counter(
                        registry,
                        "tally.snapshot.replays",
                        "Customers replayed from their first event, since their snapshot was"
                                + " missing, damaged or of another version."),
                counter(
                        registry,
                        "tally.snapshot.differences",
                        "Snapshots that were not what the events make, found by replaying a"
                                + " sample, and made anew."),
                counter(
                        registry,
                        "tally.warm.lost",
                        "Customers in memory whose head had moved when it was looked at."),
                counter(
                        registry,
                        "tally.history.unreadable",
                        "Reads refused since an event could not be read: a newer version wrote it,"
                                + " or it is damaged."),
                counter(
                        registry,
                        "tally.commands.grouped",
                        "Commands stored in the transaction of an earlier one of their customer."));
    }

    void replayed() {
        onReplay.run();
    }

    void differed() {
        onDifference.run();
    }

    void lostConfirmation() {
        onLostConfirmation.run();
    }

    void grouped() {
        onGrouped.run();
    }

    void unreadable() {
        onUnreadable.run();
    }

    private static Runnable counter(MetricRegistry registry, String name, String description) {
        var metadata = Metadata.builder().withName(name).withDescription(description).build();
        return registry.counter(metadata)::inc;
    }

    private static void gauge(
            MetricRegistry registry,
            Warm warm,
            String name,
            String description,
            ToLongFunction<Warm> value) {
        var metadata = Metadata.builder().withName(name).withDescription(description).build();
        registry.gauge(metadata, warm, value::applyAsLong);
    }
}
