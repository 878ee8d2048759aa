package dev.tally.playback.api;

import dev.tally.http.Json;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.ids.CustomerId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.write.SessionQueries;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
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
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps the players that listen to this node. Any node may store the end of a session, so the
 * database is asked: for the revisions of all these customers in one query, and for the sessions of
 * a customer whose revision has moved.
 */
@ApplicationScoped
class LiveSessions {

    private static final long LOOK_MILLIS = 500;
    private static final Duration RECONNECT_AFTER = Duration.ofSeconds(3);

    private static final Logger LOG = Logger.getLogger(LiveSessions.class.getName());

    @Inject SessionQueries sessions;
    @Inject InstantSource clock;
    @Inject MetricRegistry metrics;

    @Inject
    @ConfigProperty(name = "tally.live.heartbeat", defaultValue = "PT15S")
    Duration heartbeat;

    /** Most players that may listen to this node: each is a connection, and 30 KB of heap. */
    @Inject
    @ConfigProperty(name = "tally.live.players", defaultValue = "1500")
    int maxPlayers;

    @Resource ManagedScheduledExecutorService scheduler;

    private final Set<Player> players = ConcurrentHashMap.newKeySet();

    /** Revision of each customer's history when it was last looked at. */
    private final Map<String, Long> seen = new ConcurrentHashMap<>();

    private Instant lastHeartbeat = Instant.EPOCH;

    private record Player(CustomerId customer, SessionId session, SseEventSink sink, Sse sse) {}

    void showAtStart(@Observes Startup started) {
        // The call alone registers the gauge: operators see it before the first player listens.
    }

    @PostConstruct
    void begin() {
        var metadata =
                Metadata.builder()
                        .withName("tally.live.players")
                        .withDescription("Players that listen to this node.")
                        .build();
        metrics.gauge(metadata, players, Set::size);
        var unused =
                scheduler.scheduleWithFixedDelay(
                        this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Id of the one event that a player is sent. */
    static String endedId(SessionId session) {
        return session + " ended";
    }

    /**
     * Tells the player, now or later, that its session has ended, and closes the channel.
     *
     * @throws ProblemException if too many listen already
     */
    void watch(CustomerId customer, SessionId session, SseEventSink sink, Sse sse) {
        if (players.size() >= maxPlayers) {
            throw new ProblemException(
                            ProblemType.UNAVAILABLE, "Too many players listen to this node.")
                    .retryAfter(RECONNECT_AFTER);
        }
        var player = new Player(customer, session, sink, sse);
        // A comment opens the channel before the first event, and makes proxies pass the answer on.
        send(player, sse.newEventBuilder().comment("listening").build());
        players.add(player);
        // The next look also finds what happened before the player was added.
        seen.remove(customer.value());
    }

    private void look() {
        try {
            beat();
            players.removeIf(player -> player.sink.isClosed());
            lookForChanges();
        } catch (RuntimeException e) {
            // The next look is soon, and requests that fail say what is wrong.
            LOG.log(Level.FINE, "Sessions could not be looked at", e);
        }
    }

    /** Writes to each player at every heartbeat: only a write shows that a player has gone. */
    private void beat() {
        var now = clock.instant();
        if (lastHeartbeat.plus(heartbeat).isAfter(now)) return;
        lastHeartbeat = now;
        for (var player : players) {
            send(player, player.sse.newEventBuilder().comment("here").build());
        }
    }

    private void lookForChanges() {
        var customers = new HashSet<String>();
        for (var player : players) customers.add(player.customer.value());
        seen.keySet().retainAll(customers);
        if (customers.isEmpty()) return;
        sessions.revisions(customers)
                .forEach(
                        (customer, revision) -> {
                            // Noted before players are told: a player who joins meanwhile removes
                            // it again.
                            if (!revision.equals(seen.put(customer, revision))) tell(customer);
                        });
    }

    /**
     * Tells the players of one customer. If that history cannot be read, other customers still
     * hear.
     */
    private void tell(String customer) {
        try {
            for (var player : players) {
                if (player.customer.value().equals(customer)) tell(player);
            }
        } catch (RuntimeException e) {
            seen.remove(customer);
            LOG.log(Level.WARNING, "The sessions of customer " + customer + " cannot be told", e);
        }
    }

    private void tell(Player player) {
        var now = clock.instant();
        sessions.find(player.customer, player.session, now)
                .filter(session -> session.stop() != null)
                .ifPresent(session -> end(player, session, now));
    }

    private void end(Player player, Session session, Instant now) {
        var view = SessionView.of(player.customer, session, now);
        send(
                player,
                player.sse
                        .newEventBuilder()
                        .name("ended")
                        .id(endedId(player.session))
                        .reconnectDelay(RECONNECT_AFTER.toMillis())
                        .data(Json.MAPPER.writeValueAsString(view))
                        .build());
        leave(player);
    }

    private void send(Player player, OutboundSseEvent event) {
        if (player.sink.isClosed()) return;
        try {
            player.sink
                    .send(event)
                    .whenComplete(
                            (sent, failure) -> {
                                if (failure != null) leave(player);
                            });
        } catch (RuntimeException e) {
            leave(player);
        }
    }

    private void leave(Player player) {
        players.remove(player);
        try {
            player.sink.close();
        } catch (IOException e) {
            LOG.log(Level.FINE, "A channel was broken before it was closed", e);
        }
    }
}
