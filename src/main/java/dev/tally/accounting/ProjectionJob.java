package dev.tally.accounting;

import dev.tally.accounting.Projector.Left;
import dev.tally.availability.Pace;
import dev.tally.eventstore.EventFeed;
import dev.tally.runtime.SchemaReady;
import dev.tally.runtime.Ticks;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.MetricUnits;
import org.eclipse.microprofile.metrics.Tag;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/**
 * Lets the projections catch up with the feed every few seconds. One thread of a node works for all
 * of them in turns, so that it takes one connection of the owner at a time.
 */
@ApplicationScoped
public class ProjectionJob {

    private static final Logger LOG = Logger.getLogger(ProjectionJob.class.getName());

    /** Time from the end of one look at the feed to the next. */
    private static final long LOOK_SECONDS = 5;

    private static final List<Projection> PROJECTIONS =
            List.of(new StudioUsage(), new CapacityHours());

    @Resource(lookup = "jdbc/tallyOwner")
    DataSource owner;

    @Resource ManagedScheduledExecutorService scheduler;

    @Inject EventFeed feed;
    @Inject MetricRegistry registry;
    @Inject InstantSource clock;
    @Inject Pace pace;

    /** Time until which each projection has counted, as last looked up. */
    private final Map<String, Instant> countedUntil = new ConcurrentHashMap<>();

    private final AtomicBoolean isLooking = new AtomicBoolean();

    private List<Projector> projectors;

    @PostConstruct
    void register() {
        projectors =
                PROJECTIONS.stream()
                        .map(projection -> new Projector(owner, feed, projection))
                        .toList();
        var lag =
                Metadata.builder()
                        .withName("tally.projection.lag")
                        .withUnit(MetricUnits.SECONDS)
                        .withDescription(
                                "Time since which events are not in the figures that are shown.")
                        .build();
        for (var projection : PROJECTIONS) {
            var name = projection.name();
            registry.gauge(lag, this, job -> job.lag(name), new Tag("projection", name));
        }
    }

    void begin(@Observes SchemaReady ready) {
        var unused =
                scheduler.scheduleWithFixedDelay(
                        this::lookSoon, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Lets another thread look. If a connection breaks in the middle of a transaction, the
     * container cannot end it after the work, and counts that as a failure of the thread's task: it
     * would schedule this one no more.
     */
    private void lookSoon() {
        if (isLooking.compareAndSet(false, true)) scheduler.execute(this::look);
    }

    private long lag(String projection) {
        var until = countedUntil.get(projection);
        return until == null
                ? 0
                : Math.max(0, Duration.between(until, clock.instant()).toSeconds());
    }

    private void look() {
        try {
            var began = Ticks.nanos();
            while (countRound()) {
                Thread.sleep(pace.restAfter(Duration.ofNanos(Ticks.nanos() - began)));
                began = Ticks.nanos();
            }
        } catch (SQLException | RuntimeException e) {
            // The feed or the database is away; the next look goes on from the same place.
            LOG.log(Level.WARNING, "The feed is not counted yet: {0}", e.getMessage());
        } catch (InterruptedException e) {
            // The server stops. Any node goes on from here.
            Thread.currentThread().interrupt();
        } finally {
            isLooking.set(false);
        }
    }

    /** Counts a page for each projection; false if all have caught up. */
    private boolean countRound() throws SQLException {
        var isMoreLeft = false;
        for (var projector : projectors) {
            if (projector.round() == Left.MORE) isMoreLeft = true;
            lookUpLag(projector.name());
        }
        return isMoreLeft;
    }

    /** Looks up how far the figures are that are shown; before any are, the build under way. */
    private void lookUpLag(String projection) throws SQLException {
        try (var connection = owner.getConnection();
                var query =
                        connection.prepareStatement(
                                """
                                select coalesce(counted_until, began_at) from tally.projection
                                where name = ? and state <> 'GONE'
                                order by state = 'SERVING' desc
                                limit 1
                                """)) {
            query.setString(1, projection);
            try (var row = query.executeQuery()) {
                if (row.next()) countedUntil.put(projection, Build.time(row, 1));
            }
        }
    }
}
