package dev.tally.projection.api;

import dev.tally.availability.StoreUnavailable;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedCut;
import dev.tally.eventstore.FeedPage;
import dev.tally.http.Json;
import dev.tally.http.Problem;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.projection.Feed;
import dev.tally.projection.FeedFilter;
import dev.tally.projection.FeedMetrics;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps those who listen to the feed on this node. Any node may store an event, so the database is
 * asked: for each listener what follows the place that it has got to. A listener that takes events
 * slowly is asked for less often, and keeps nobody waiting.
 */
@ApplicationScoped
class FeedListeners {

    private static final long LOOK_MILLIS = 500;

    /** Most events sent to a listener before others get their turn. */
    private static final int PAGE = 500;

    /** Most pages that a listener is sent at a time. */
    private static final int PAGES = 20;

    private static final Duration RECONNECT_AFTER = Duration.ofSeconds(3);

    private static final Logger LOG = Logger.getLogger(FeedListeners.class.getName());

    @Inject Feed feed;
    @Inject FeedMetrics told;
    @Inject InstantSource clock;
    @Inject MetricRegistry metrics;

    @Inject
    @ConfigProperty(name = "tally.live.heartbeat", defaultValue = "PT15S")
    Duration heartbeat;

    /** Most listeners of this node: each asks the database twice a second. */
    @Inject
    @ConfigProperty(name = "tally.feed.listeners", defaultValue = "32")
    int maxListeners;

    @Resource ManagedScheduledExecutorService scheduler;
    @Resource ManagedExecutorService executor;

    private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();

    /** One who listens, and the place that it has got to. */
    private static final class Listener {

        final FeedFilter filter;
        final SseEventSink sink;
        final Sse sse;
        final AtomicBoolean busy = new AtomicBoolean();
        volatile FeedCursor cursor;
        volatile Instant heardAt = Instant.EPOCH;

        Listener(FeedCursor cursor, FeedFilter filter, SseEventSink sink, Sse sse) {
            this.cursor = cursor;
            this.filter = filter;
            this.sink = sink;
            this.sse = sse;
        }
    }

    void showAtStart(@Observes Startup started) {
        // The call alone registers the gauge: operators see it before anybody listens.
    }

    @PostConstruct
    void begin() {
        var metadata =
                Metadata.builder()
                        .withName("tally.feed.listeners")
                        .withDescription("Listeners to the feed on this node.")
                        .build();
        metrics.gauge(metadata, listeners, Set::size);
        var unused =
                scheduler.scheduleWithFixedDelay(
                        this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Tells what follows a place, from now on until the listener goes.
     *
     * @throws ProblemException if too many listen already
     */
    void listen(FeedCursor after, FeedFilter filter, SseEventSink sink, Sse sse) {
        if (listeners.size() >= maxListeners) {
            throw new ProblemException(
                            ProblemType.UNAVAILABLE, "Too many listen to the feed on this node.")
                    .retryAfter(RECONNECT_AFTER);
        }
        var listener = new Listener(after, filter, sink, sse);
        // A comment opens the channel before the first event, and makes proxies pass the answer on.
        beat(listener);
        listeners.add(listener);
    }

    private void look() {
        listeners.removeIf(listener -> listener.sink.isClosed());
        for (var listener : listeners) {
            if (!listener.busy.compareAndSet(false, true)) continue;
            try {
                executor.execute(() -> tell(listener));
            } catch (RejectedExecutionException e) {
                // The server stops, or is very busy: the next look is soon.
                listener.busy.set(false);
            }
        }
    }

    /** Sends a listener what there is, as far as it goes at a time. */
    private void tell(Listener listener) {
        try {
            for (int pages = 0; pages < PAGES; pages++) {
                var page = feed.page(listener.cursor, listener.filter, PAGE);
                send(listener, page);
                if (page.isCaughtUp()) break;
            }
            if (listener.heardAt.plus(heartbeat).isBefore(clock.instant())) beat(listener);
        } catch (FeedCut e) {
            end(listener, FeedCutMapper.problem(e));
        } catch (StoreUnavailable e) {
            // It is read on from the same place once the database is back.
            if (listener.heardAt.plus(heartbeat).isBefore(clock.instant())) beat(listener);
        } catch (CompletionException | IllegalStateException e) {
            LOG.log(Level.FINE, "A listener to the feed has gone", e);
            leave(listener);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "A listener to the feed cannot be told what follows", e);
            leave(listener);
        } finally {
            listener.busy.set(false);
        }
    }

    private void send(Listener listener, FeedPage page) {
        for (var event : page.events()) {
            var view = FeedView.of(page, event);
            send(
                    listener,
                    listener.sse
                            .newEventBuilder()
                            .id(view.cursor())
                            .data(Json.MAPPER.writeValueAsString(view))
                            .build());
            listener.cursor = page.behind(event);
        }
        listener.cursor = page.end();
        told.told(page.events().size());
    }

    /**
     * Writes to a listener: only a write shows that it has gone. The id says how far it has been
     * told, also where nothing passed its filter.
     */
    private void beat(Listener listener) {
        send(
                listener,
                listener.sse
                        .newEventBuilder()
                        .comment("here")
                        .id(Cursors.text(listener.cursor))
                        .build());
    }

    private void end(Listener listener, ProblemException problem) {
        send(
                listener,
                listener.sse
                        .newEventBuilder()
                        .name("problem")
                        .data(Json.MAPPER.writeValueAsString(Problem.of(problem)))
                        .build());
        leave(listener);
    }

    private void send(Listener listener, OutboundSseEvent event) {
        // One event after the other: what a listener does not take is not kept for it.
        listener.sink.send(event).toCompletableFuture().join();
        listener.heardAt = clock.instant();
    }

    private void leave(Listener listener) {
        listeners.remove(listener);
        try {
            listener.sink.close();
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.FINE, "A channel was broken before it was closed", e);
        }
    }
}
