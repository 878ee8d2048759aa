package dev.tally.playback.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.availability.Outage;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.http.Json;
import dev.tally.http.LineExchange;
import dev.tally.http.Lines;
import dev.tally.http.Lines.Line;
import dev.tally.http.Problem;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.ValueReader;
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
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Takes reports of many customers, as many lines at a time as have been read. The reports of one
 * customer among them are stored in one transaction, and several customers are handled at once.
 */
@ApplicationScoped
class BulkReports {

    /** Most lines of one request; further lines are refused one by one. */
    static final int MAX_LINES = 100_000;

    /** Most bytes of one request. */
    static final int MAX_BYTES = 64 * 1024 * 1024;

    /** Most reports of a customer in one transaction. */
    private static final int MOST_REPORTS = 1_000;

    /** Customers handled at once: half of the connections that the database lends. */
    private static final int THREADS = 8;

    /**
     * Most requests at a time: each takes three threads, and up to {@link #THREADS} for a while.
     */
    static final int MAX_AT_ONCE = 4;

    /** Bytes that a line takes in memory beside its text, or that of its result. */
    private static final int LINE_BYTES = 256;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private static final Logger LOG = Logger.getLogger(BulkReports.class.getName());

    @Inject ReportHandler handler;
    @Inject ValueReader reader;
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

        static LineResult of(int line, ResultView view) {
            return new LineResult(line, view.result(), view.broke(), view.problem());
        }
    }

    /**
     * A line as it was read: a report, or the reason why it is none.
     *
     * @param length number of bytes of the line
     * @param refused result of a line that is no report, as text; null: it is one
     */
    private record Read(int number, int length, String customerId, Report report, String refused) {}

    /** A report that the domain can decide, and its place among the lines that are answered. */
    private record Asking(int place, int number, Report report) {}

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
        try {
            new LineExchange<>(lines, new Answering(caller)).run(results, executor);
        } finally {
            places.release();
        }
    }

    /** The work on the lines of one caller. */
    private final class Answering implements LineExchange.Work<Read> {

        private final Caller caller;

        Answering(Caller caller) {
            this.caller = caller;
        }

        @Override
        public Read read(Line line) {
            return BulkReports.this.read(line);
        }

        @Override
        public int bytes(Read read) {
            return LINE_BYTES + (read.refused == null ? read.length : read.refused.length());
        }

        @Override
        public byte[] answer(List<Read> lines) {
            return BulkReports.this.answer(caller, lines);
        }

        @Override
        public byte[] broken(int line, ProblemException why) {
            return BulkReports.bytes(text(LineResult.of(line, ResultView.refused(why))));
        }
    }

    private byte[] answer(Caller caller, List<Read> lines) {
        // Each thread writes places of its own.
        var results = new byte[lines.size()][];
        var byCustomer = new LinkedHashMap<String, List<Asking>>();
        for (int place = 0; place < lines.size(); place++) {
            var line = lines.get(place);
            if (line.refused == null) {
                byCustomer
                        .computeIfAbsent(line.customerId, customer -> new ArrayList<>())
                        .add(new Asking(place, line.number, line.report));
            } else {
                results[place] = bytes(line.refused);
            }
        }
        atOnce(caller, byCustomer, results);
        var text = new ByteArrayOutputStream();
        for (var result : results) text.writeBytes(result);
        return text.toByteArray();
    }

    private void put(byte[][] results, int place, int number, ResultView view) {
        if (view.problem() != null) denials.count(view.problem());
        results[place] = bytes(text(LineResult.of(number, view)));
    }

    private static String text(LineResult result) {
        return Json.MAPPER.writeValueAsString(result) + "\n";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Read read(Line line) {
        try {
            var read = reader.read(line, MAX_LINES, BulkLine.class);
            var report = read.report().of(new SessionId(read.sessionId()));
            return new Read(line.number(), line.bytes().length, read.customerId(), report, null);
        } catch (ProblemException e) {
            var refused = LineResult.of(line.number(), ResultView.refused(e));
            return new Read(line.number(), 0, null, null, text(refused));
        }
    }

    private void atOnce(Caller caller, Map<String, List<Asking>> byCustomer, byte[][] results) {
        var shares = new ArrayList<List<Callable<Void>>>();
        for (int i = 0; i < THREADS; i++) shares.add(new ArrayList<>());
        int next = 0;
        for (var customer : byCustomer.entrySet()) {
            shares.get(next++ % THREADS)
                    .add(
                            () -> {
                                for (var some : inParts(customer.getValue())) {
                                    ask(caller, customer.getKey(), some, results);
                                }
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
            // This also makes the results visible that another thread has written.
            for (var share : running) share.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private static List<List<Asking>> inParts(List<Asking> asked) {
        var parts = new ArrayList<List<Asking>>();
        for (int from = 0; from < asked.size(); from += MOST_REPORTS) {
            parts.add(asked.subList(from, Math.min(asked.size(), from + MOST_REPORTS)));
        }
        return parts;
    }

    /**
     * Handles one customer's reports. If they cannot be stored, no other customer's are affected.
     */
    private void ask(Caller caller, String customerId, List<Asking> asked, byte[][] results) {
        var customer = new CustomerId(customerId);
        var reports = asked.stream().map(Asking::report).toList();
        try {
            var once = Asked.once(Ids.next(), null, caller);
            var done =
                    commands.take(
                            customer, null, now -> handler.handle(customer, reports, now, once));
            deniedStarts.keep(customer, done);
            var items = done.items().iterator();
            for (var one : asked) put(results, one.place, one.number, ResultView.of(items.next()));
        } catch (ProblemException e) {
            refuse(asked, e, results);
        } catch (Busy e) {
            refuse(asked, BusyMapper.problem(e), results);
        } catch (UnreadableHistory e) {
            refuse(asked, UnreadableHistoryMapper.problem(e), results);
        } catch (RuntimeException e) {
            refuse(asked, failure(customerId, e), results);
        }
    }

    private void refuse(List<Asking> asked, ProblemException why, byte[][] results) {
        var refused = ResultView.refused(why);
        for (var one : asked) put(results, one.place, one.number, refused);
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
