package dev.tally.http;

import dev.tally.http.Room.Waiting;
import dev.tally.runtime.Ticks;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Lets only so many requests be at work in this node at a time: fewer than there are threads, more
 * than there are connections to the database, so that those who wait for a database that does not
 * answer leave room for others to get promises. The rest wait for a short time, without a thread,
 * and are then refused before any work began. Otherwise they would wait in the container's queue,
 * which has no end, and the answers to probes would take as long as the queue does.
 *
 * <p>A refusal is never sent at once, unless very many wait: a caller that sends the next request
 * as soon as it has an answer would keep the processor busy with refusals.
 *
 * <p>Requests with a body of lines may take minutes. They have places of their own, so that neither
 * kind takes those of the other. Probes do not come through here.
 */
@ApplicationScoped
class Admission {

    private static final Logger LOG = Logger.getLogger(Admission.class.getName());

    /** Time after which a refused request is worth sending again. */
    static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private static final long LOOK_MILLIS = 20;

    @Inject MetricRegistry metrics;

    /** Most requests at work, beside those with a body of lines. */
    @Inject
    @ConfigProperty(name = "tally.admission.requests", defaultValue = "64")
    int requests;

    /** Most requests at work that have a body of lines. */
    @Inject
    @ConfigProperty(name = "tally.admission.bulk", defaultValue = "8")
    int bulk;

    /** Most requests that wait: each is a connection with its buffers, some 10 KB. */
    @Inject
    @ConfigProperty(name = "tally.admission.waiting", defaultValue = "1000")
    int waiting;

    /** Longest wait. */
    @Inject
    @ConfigProperty(name = "tally.admission.patience", defaultValue = "PT2S")
    Duration patience;

    @Resource ManagedScheduledExecutorService scheduler;

    private Room usual;
    private Room ofBulk;
    private Counter refused;
    private Future<?> looking;

    void showAtStart(@Observes Startup started) {
        // The call alone registers the metrics: operators see them before the first request.
    }

    @PostConstruct
    void prepare() {
        usual = new Room(requests, waiting, patience);
        ofBulk = new Room(bulk, waiting, patience);
        metrics.gauge(
                named("tally.admission.running", "Requests at work in this node."),
                this,
                admission -> admission.usual.atWork() + admission.ofBulk.atWork());
        refused =
                metrics.counter(
                        named("tally.admission.refused", "Requests refused: too many at work."));
        looking =
                scheduler.scheduleWithFixedDelay(
                        this::refuseLate, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void stop() {
        looking.cancel(true);
    }

    private static Metadata named(String name, String description) {
        return Metadata.builder().withName(name).withDescription(description).build();
    }

    private void refuseLate() {
        usual.refuseLate();
        ofBulk.refuseLate();
    }

    /**
     * Takes a place for a request, or lets it wait for one. When it has got it, it comes again.
     *
     * @param refusal answers the request with a problem
     * @return true if it has a place; {@link #leave} has to follow
     */
    public boolean enter(HttpServletRequest request, Refusal refusal) {
        // It has waited, and was let in.
        if (request.getDispatcherType() == DispatcherType.ASYNC) return true;
        var room = room(request);
        if (room.enter()) return true;
        if (room.isLineFull() || !request.isAsyncSupported()) {
            refuse(refusal);
            return false;
        }
        var waits = request.startAsync();
        waits.setTimeout(0);
        room.await(new Waiting(waits, Ticks.nanos(), () -> refuse(refusal)));
        return false;
    }

    /** Answers a request with a problem. */
    interface Refusal {
        void because(ProblemException problem) throws IOException, ServletException;
    }

    private void refuse(Refusal refusal) {
        refused.inc();
        var problem =
                new ProblemException(
                        ProblemType.OVERLOADED, "This node has as many requests as it can serve.");
        try {
            refusal.because(problem.retryAfter(RETRY_AFTER));
        } catch (IOException | ServletException | RuntimeException e) {
            // Others wait for their refusal, and this caller has most likely gone.
            LOG.log(Level.FINE, "A caller was not told that there is no room", e);
        }
    }

    public void leave(HttpServletRequest request) {
        room(request).leave();
    }

    private Room room(HttpServletRequest request) {
        var type = request.getContentType();
        return type != null && type.startsWith(Lines.NDJSON) ? ofBulk : usual;
    }
}
