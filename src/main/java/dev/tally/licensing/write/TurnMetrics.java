package dev.tally.licensing.write;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.time.Duration;
import java.util.function.Consumer;

/** Metrics of the turns that customers' commands take. Outside the container it counts nothing. */
@ApplicationScoped
class TurnMetrics {

    @Inject MetricRegistry registry;

    private Runnable onLostRace = () -> {};
    private Consumer<Duration> onWait = time -> {};

    void showAtStart(@Observes Startup started) {
        // The call alone registers the metrics: operators see them before the first command waits.
    }

    @PostConstruct
    void register() {
        onLostRace =
                registry.counter(
                                named(
                                        "tally.races.lost",
                                        "Commands decided anew, since another was stored first, or"
                                                + " one before was not stored."))
                        ::inc;
        onWait =
                registry.timer(
                                named(
                                        "tally.turn.wait",
                                        "Waits of commands for others of the same customer."))
                        ::update;
    }

    private static Metadata named(String name, String description) {
        return Metadata.builder().withName(name).withDescription(description).build();
    }

    void lostRace() {
        onLostRace.run();
    }

    void waited(long nanos) {
        onWait.accept(Duration.ofNanos(nanos));
    }
}
