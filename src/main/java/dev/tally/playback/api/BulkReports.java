package dev.tally.playback.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.availability.Outage;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.http.Json;
import dev.tally.http.Lines;
import dev.tally.http.Lines.Line;
import dev.tally.http.Problem;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.ids.CustomerId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.api.BusyMapper;
import dev.tally.licensing.api.DenialMetrics;
import dev.tally.licensing.api.UnreadableHistoryMapper;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.provisional.Commands;
import dev.tally.licensing.write.Asked;
import dev.tally.licensing.write.Busy;
import dev.tally.licensing.write.ReportHandler;
import dev.tally.playback.api.ResultView.Result;
import dev.tally.runtime.Ids;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Takes reports of many customers, some lines at a time. The reports of one customer are stored in
 * one transaction, and several customers are handled at once.
 */
@ApplicationScoped
class BulkReports {

    /** Most lines of one request; further lines are refused one by one. */
    static final int MAX_LINES = 100_000;

    /** Most bytes of one request. */
    static final int MAX_BYTES = 64 * 1024 * 1024;

    /** Most lines that are taken at a time, and kept until their results are written. */
    private static final int WINDOW = 1_000;

    /** Customers handled at once: half of the connections that the database lends. */
    private static final int THREADS = 8;

    /** Most requests at a time: each takes two threads, and up to {@link #THREADS} for a while. */
    static final int MAX_AT_ONCE = 4;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private static final Logger LOG = Logger.getLogger(BulkReports.class.getName());

    @Inject ReportHandler handler;
    @Inject ReportReader reader;
    @Inject Commands commands;
    @Inject DenialMetrics denials;
    @Inject DeniedStarts deniedStarts;

    @Resource ManagedExecutorService executor;

    private final Semaphore places = new Semaphore(MAX_AT_ONCE);

    /** Result of one line, with the line's number, which counts from 1. */
    record LineResult(
            int line,
            Result result,
            @JsonInclude(Include.NON_NULL) List<String> broke,
            @JsonInclude(Include.NON_NULL) Problem problem) {

        static LineResult of(Line line, ResultView view) {
            return new LineResult(line.number(), view.result(), view.broke(), view.problem());
        }
    }

    /** A report that the domain can decide, and its place among the results. */
    private record Asking(int place, Report report) {}

    /**
     * Answers each line with a result.
     *
     * @throws ProblemException if as many requests are at work as may be
     * @throws IOException if the caller goes away
     */
    void take(Caller caller, Lines lines, OutputStream results) throws IOException {
        if (!places.tryAcquire()) {
            throw new ProblemException(
                            ProblemType.UNAVAILABLE,
                            "%d bulk requests are at work in this node.".formatted(MAX_AT_ONCE))
                    .retryAfter(RETRY_AFTER);
        }
        try (var spool = new ResultSpool()) {
            var sending = executor.submit(() -> send(spool, results));
            try {
                decide(caller, lines, spool);
            } catch (ProblemException e) {
                // The request cannot be read on. The answer is under way, so its last line says so.
                var refused = ResultView.refused(e);
                spool.put(
                        line(
                                new LineResult(
                                        lines.number() + 1,
                                        refused.result(),
                                        null,
                                        refused.problem())));
            } finally {
                spool.complete();
                finished(sending);
            }
        } finally {
            places.release();
        }
    }

    private static Void send(ResultSpool spool, OutputStream results) throws IOException {
        spool.sendTo(results);
        return null;
    }

    private static void finished(Future<?> sending) throws IOException {
        try {
            sending.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } catch (ExecutionException e) {
            throw new IOException("The results could not be sent", e.getCause());
        }
    }

    private void decide(Caller caller, Lines lines, ResultSpool results) throws IOException {
        var window = new ArrayList<Line>(WINDOW);
        for (var line = lines.next(); line != null; line = lines.next()) {
            window.add(line);
            // A caller who sends lines one by one hears of each.
            if (window.size() == WINDOW || lines.isIdle()) answer(caller, window, results);
        }
        answer(caller, window, results);
    }

    private void answer(Caller caller, List<Line> window, ResultSpool results) throws IOException {
        if (window.isEmpty()) return;
        var answers = new ResultView[window.size()];
        var byCustomer = new LinkedHashMap<String, List<Asking>>();
        for (int place = 0; place < answers.length; place++) {
            try {
                var line = read(window.get(place));
                var report = line.report().of(new SessionId(line.sessionId()));
                byCustomer
                        .computeIfAbsent(line.customerId(), customer -> new ArrayList<>())
                        .add(new Asking(place, report));
            } catch (ProblemException e) {
                answers[place] = ResultView.refused(e);
            }
        }
        atOnce(caller, byCustomer, answers);
        var text = new ByteArrayOutputStream();
        for (int place = 0; place < answers.length; place++) {
            var result = LineResult.of(window.get(place), answers[place]);
            if (result.problem() != null) denials.count(result.problem());
            text.writeBytes(line(result));
        }
        results.put(text.toByteArray());
        window.clear();
    }

    private static byte[] line(LineResult result) {
        return (Json.MAPPER.writeValueAsString(result) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private BulkLine read(Line line) {
        if (line.number() > MAX_LINES) {
            throw new ProblemException(
                    ProblemType.BODY_TOO_LARGE, "A request has " + MAX_LINES + " lines at most.");
        }
        if (line.isTooLong()) {
            throw new ProblemException(
                    ProblemType.BODY_TOO_LARGE,
                    "A line has " + Lines.MAX_LINE_BYTES + " bytes at most.");
        }
        return reader.read(line.bytes(), BulkLine.class);
    }

    private void atOnce(Caller caller, Map<String, List<Asking>> byCustomer, ResultView[] answers) {
        var shares = new ArrayList<List<Callable<Void>>>();
        for (int i = 0; i < THREADS; i++) shares.add(new ArrayList<>());
        int next = 0;
        for (var customer : byCustomer.entrySet()) {
            shares.get(next++ % THREADS)
                    .add(
                            () -> {
                                ask(caller, customer.getKey(), customer.getValue(), answers);
                                return null;
                            });
        }
        var running =
                shares.stream()
                        .filter(share -> !share.isEmpty())
                        .map(
                                share ->
                                        executor.submit(
                                                () -> {
                                                    for (var one : share) one.call();
                                                    return null;
                                                }))
                        .toList();
        try {
            // This also makes the answers visible that another thread has written.
            for (var share : running) share.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /**
     * Handles one customer's reports. If they cannot be stored, no other customer's are affected.
     */
    private void ask(Caller caller, String customerId, List<Asking> asked, ResultView[] answers) {
        var customer = new CustomerId(customerId);
        var reports = asked.stream().map(Asking::report).toList();
        try {
            var once = Asked.once(Ids.next(), null, caller);
            var done =
                    commands.take(
                            customer, null, now -> handler.handle(customer, reports, now, once));
            deniedStarts.keep(customer, done);
            var items = done.items().iterator();
            for (var one : asked) answers[one.place] = ResultView.of(items.next());
        } catch (ProblemException e) {
            for (var one : asked) answers[one.place] = ResultView.refused(e);
        } catch (Busy e) {
            for (var one : asked) answers[one.place] = ResultView.refused(BusyMapper.problem(e));
        } catch (UnreadableHistory e) {
            var refused = ResultView.refused(UnreadableHistoryMapper.problem(e));
            for (var one : asked) answers[one.place] = refused;
        } catch (RuntimeException e) {
            var refused = ResultView.refused(failure(customerId, e));
            for (var one : asked) answers[one.place] = refused;
        }
    }

    private static ProblemException failure(String customer, RuntimeException e) {
        var outage = Outage.behind(e);
        if (outage.isPresent()) {
            return new ProblemException(ProblemType.UNAVAILABLE, outage.get().detail())
                    .retryAfter(outage.get().retryAfter());
        }
        LOG.log(Level.WARNING, "Reports of customer " + customer + " failed", e);
        return new ProblemException(ProblemType.INTERNAL_ERROR, "It has been logged.");
    }
}
