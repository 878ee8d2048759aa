package dev.tally.bench;

import static io.hyperfoil.http.steps.HttpStepCatalog.SC;

import io.hyperfoil.api.config.BenchmarkBuilder;
import io.hyperfoil.api.config.PhaseBuilder;
import io.hyperfoil.api.session.Session;
import io.hyperfoil.core.impl.LocalSimulationRunner;
import io.hyperfoil.http.api.HttpMethod;
import io.hyperfoil.http.config.HttpPluginBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.HdrHistogram.Recorder;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;

/**
 * Load over HTTP, by Hyperfoil. Two models: {@link #saturate} keeps all connections busy and finds
 * the throughput; {@link #atRate} starts requests at a fixed rate, whatever the answers do, and
 * finds the latency.
 *
 * <p>Latency counts from the moment at which a request was due by the rate, not from when it
 * started. So a stalled server or generator does not hide the requests that it delays.
 */
final class HttpLoad {

    /** The parts of a request that differ from request to request. */
    record Call(HttpMethod method, String path, String body, int expectedStatus) {

        static Call get(String path) {
            return new Call(HttpMethod.GET, path, null, 200);
        }

        static Call post(String path, String json, int expectedStatus) {
            return new Call(HttpMethod.POST, path, json, expectedStatus);
        }
    }

    /** Says which request a session sends next, once the one before has its answer. */
    interface Calls {

        /**
         * The next request of a session.
         *
         * @param session number of the session, from 0
         * @param number number of the request among those of all sessions, from 0
         */
        Call next(int session, long number);

        /** The last request of a session has created something at this address. */
        default void created(int session, String location) {}
    }

    /** The number of requests that may wait for a connection before the generator gives up. */
    private static final int MAX_WAITING = 20_000;

    /** Most phases of a warm-up. */
    private static final int WARM_UPS = 10;

    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(20);
    private static final Duration IN_TURN_LIMIT = Duration.ofMinutes(2);
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(20);

    private final URI url;
    private final List<String> tokens;
    private final int connections;

    /**
     * A load on a server.
     *
     * @param tokens callers, of whom one after the other sends a request
     */
    HttpLoad(URI url, List<String> tokens, int connections) {
        this.url = url;
        this.tokens = tokens;
        this.connections = connections;
    }

    /** Sends requests one after the other on each connection, as fast as answers come. */
    Measured saturate(Duration duration, LongFunction<Call> calls) {
        return saturate(duration, (session, number) -> calls.apply(number));
    }

    /** The same where a session's next request depends on the answer to the one before. */
    Measured saturate(Duration duration, Calls calls) {
        var run = new Run(calls, connections, 0);
        return run.measure(
                duration, benchmark -> benchmark.addPhase("saturate").always(connections));
    }

    /**
     * Sends requests as fast as answers come, until all of a phase succeed. The first ones of a
     * server that has just started may be refused on a slow machine, since the store is not asked
     * for longer than a member waits.
     */
    void warmUp(Duration phase, LongFunction<Call> calls) {
        warmUp(phase, (session, number) -> calls.apply(number));
    }

    /** The same where a session's next request depends on the answer to the one before. */
    void warmUp(Duration phase, Calls calls) {
        Measured measured = null;
        for (int attempt = 0; attempt < WARM_UPS; attempt++) {
            measured = saturate(phase, calls);
            if (measured.failed() == 0) return;
        }
        throw new IllegalStateException(
                measured.failed() + " requests failed, first " + measured.firstFailure());
    }

    /** Sends so many requests a second, evenly spaced. */
    Measured atRate(double perSecond, Duration duration, LongFunction<Call> calls) {
        var run = new Run((session, number) -> calls.apply(number), MAX_WAITING, perSecond);
        return run.measure(
                duration,
                benchmark ->
                        benchmark
                                .addPhase("rate")
                                .constantRate(1)
                                .usersPerSec(perSecond)
                                .variance(false)
                                .maxSessions(MAX_WAITING));
    }

    /** Sends so many requests on one connection, one after the other. */
    Measured inTurn(int count, LongFunction<Call> calls) {
        return new Run((session, number) -> calls.apply(number), 1, 0)
                .measure(
                        IN_TURN_LIMIT, benchmark -> benchmark.addPhase("turn").sequentially(count));
    }

    private interface Model {
        PhaseBuilder<?> addTo(BenchmarkBuilder benchmark);
    }

    /**
     * One phase of load. Its requests are numbered, and the number says which call it is and when
     * it was due.
     */
    private final class Run {

        private record Started(Call call, String token, long due) {}

        private final Calls calls;
        private final double perSecond;
        private final AtomicReferenceArray<Started> started;
        private final AtomicLong next = new AtomicLong();
        private final LongAdder refused = new LongAdder();
        private final LongAdder completed = new LongAdder();
        private final LongAdder inTime = new LongAdder();
        private final Recorder latencies = new Recorder(Measured.DIGITS);
        private volatile long began;
        private volatile long ends;
        private volatile String firstRefusal = "";

        Run(Calls calls, int sessions, double perSecond) {
            this.calls = calls;
            this.perSecond = perSecond;
            this.started = new AtomicReferenceArray<>(sessions);
        }

        Measured measure(Duration duration, Model model) {
            var benchmark = BenchmarkBuilder.builder().name("tally").threads(1);
            benchmark
                    .addPlugin(HttpPluginBuilder::new)
                    .http()
                    .host(url.toString())
                    .sharedConnections(connections)
                    .requestTimeout(REQUEST_LIMIT.toMillis())
                    .endHttp()
                    .ergonomics()
                    .repeatCookies(false)
                    .userAgentFromSession(false)
                    .autoRangeCheck(false)
                    .stopOnInvalid(false);
            model.addTo(benchmark)
                    .duration(duration.toMillis())
                    .maxDuration(duration.plus(LAST_ANSWERS).toMillis())
                    .scenario()
                    .initialSequence("call")
                    .step(SC)
                    .httpRequest(HttpMethod.GET)
                    .method(() -> session -> begin(session, duration).method())
                    .path(session -> started.get(session.uniqueId()).call().path())
                    .headerAppender(
                            (session, request) -> {
                                request.putHeader(
                                        "Authorization",
                                        "Bearer " + started.get(session.uniqueId()).token());
                                request.putHeader("Content-Type", "application/json");
                            })
                    .body((session, connection) -> body(session))
                    .handler()
                    .status(
                            (request, status) -> {
                                if (status != call(request.session).expectedStatus()) {
                                    refuse(call(request.session), status);
                                }
                            })
                    .header(
                            (request, header, value) -> {
                                if ("Location".contentEquals(header)) {
                                    calls.created(request.session.uniqueId(), value.toString());
                                }
                            })
                    .onCompletion(this::end)
                    .endHandler()
                    .endStep()
                    .endSequence();
            new LocalSimulationRunner(benchmark.build()).run();
            return new Measured(
                    inTime.sum() / (duration.toNanos() / 1e9),
                    latencies.getIntervalHistogram(),
                    refused.sum() + next.get() - completed.sum(),
                    firstRefusal);
        }

        /** Hyperfoil calls this first for each request. */
        private Call begin(Session session, Duration duration) {
            var number = next.getAndIncrement();
            var now = System.nanoTime();
            if (number == 0) {
                began = now;
                ends = now + duration.toNanos();
            }
            // The first request may start late, so that others start before they are due by it.
            var due =
                    perSecond == 0 ? now : Math.min(now, began + (long) (number / perSecond * 1e9));
            var call = calls.next(session.uniqueId(), number);
            var token = tokens.get((int) (number % tokens.size()));
            started.set(session.uniqueId(), new Started(call, token, due));
            return call;
        }

        private Call call(Session session) {
            return started.get(session.uniqueId()).call();
        }

        private ByteBuf body(Session session) {
            var body = call(session).body();
            return body == null ? null : Unpooled.copiedBuffer(body, StandardCharsets.UTF_8);
        }

        private void refuse(Call call, int status) {
            refused.increment();
            if (firstRefusal.isEmpty()) firstRefusal = status + " to " + call.path();
        }

        private void end(Session session) {
            var now = System.nanoTime();
            completed.increment();
            if (now <= ends) inTime.increment();
            latencies.recordValue(Math.max(0, now - started.get(session.uniqueId()).due()));
        }
    }
}
