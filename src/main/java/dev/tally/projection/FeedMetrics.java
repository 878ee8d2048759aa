package dev.tally.projection;

import dev.tally.eventstore.EventFeed;
import dev.tally.eventstore.FeedLag;
import dev.tally.runtime.SchemaReady;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.MetricUnits;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Tells operators how far open transactions hold the feed back. It is looked up now and then and
 * not with each scrape: a scrape does not wait for the database, and while that is away it gets the
 * last values.
 */
@ApplicationScoped
public class FeedMetrics {

    private static final Logger LOG = Logger.getLogger(FeedMetrics.class.getName());

    private static final long LOOK_SECONDS = 15;

    /** Age of a transaction from which it is named in the log. */
    private static final Duration LONG = Duration.ofMinutes(1);

    @Inject EventFeed feed;
    @Inject MetricRegistry registry;
    @Inject InstantSource clock;

    @Resource ManagedScheduledExecutorService scheduler;

    private volatile FeedLag lag = new FeedLag(0, null, null);
    private volatile String named;
    private Counter told;

    void begin(@Observes SchemaReady ready) {
        var unused =
                scheduler.scheduleWithFixedDelay(
                        this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    @PostConstruct
    void register() {
        registry.gauge(
                named(
                        "tally.feed.positions.behind",
                        MetricUnits.NONE,
                        "Positions that readers wait for, because transactions are open."),
                this,
                metrics -> metrics.lag.positionsBehind());
        registry.gauge(
                named(
                        "tally.feed.held.back",
                        MetricUnits.SECONDS,
                        "Age of the oldest open writing transaction, which the feed waits for."),
                this,
                FeedMetrics::age);
        told =
                registry.counter(
                        named("tally.feed.events", MetricUnits.NONE, "Events told to readers."));
    }

    private static Metadata named(String name, String unit, String description) {
        return Metadata.builder()
                .withName(name)
                .withUnit(unit)
                .withDescription(description)
                .build();
    }

    /** Counts events that a reader has been told. */
    public void told(int events) {
        told.inc(events);
    }

    private long age() {
        var began = lag.oldestBeganAt();
        return began == null
                ? 0
                : Math.max(0, Duration.between(began, clock.instant()).toSeconds());
    }

    private void look() {
        try {
            lag = feed.lag();
            var isLong = age() >= LONG.toSeconds();
            // Each transaction is named once.
            if (isLong && !lag.oldest().equals(named)) {
                LOG.log(
                        Level.WARNING,
                        "The feed waits for a transaction that began at {0}: {1}",
                        new Object[] {lag.oldestBeganAt(), lag.oldest()});
            }
            named = isLong ? lag.oldest() : null;
        } catch (RuntimeException e) {
            LOG.log(Level.FINE, "How far the feed is behind could not be looked up", e);
        }
    }
}
