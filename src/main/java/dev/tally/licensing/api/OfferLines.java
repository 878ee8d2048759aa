package dev.tally.licensing.api;

import dev.tally.availability.Outage;
import dev.tally.http.Json;
import dev.tally.http.LineExchange;
import dev.tally.http.Lines;
import dev.tally.http.Lines.Line;
import dev.tally.http.Problem;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.ValueReader;
import dev.tally.licensing.write.OfferQueries;
import dev.tally.licensing.write.OfferQueries.Question;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Tells what devices of a customer may do with thousands of titles, line by line. All lines are
 * answered from the account as it was when the request came.
 */
@ApplicationScoped
class OfferLines {

    /** Most lines of one request; further lines are refused one by one. */
    static final int MAX_LINES = 10_000;

    /** Most bytes of one request. */
    static final int MAX_BYTES = 8 * 1024 * 1024;

    /** Most requests at a time: each takes three threads. */
    static final int MAX_AT_ONCE = 2;

    /**
     * Bytes that a line and its answer take in memory. So some 500 lines are answered at a time,
     * whose titles are read in one query.
     */
    private static final int LINE_BYTES = 12 * 1_024;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private static final Logger LOG = Logger.getLogger(OfferLines.class.getName());

    @Inject ValueReader reader;
    @Resource ManagedExecutorService executor;

    private final Semaphore places = new Semaphore(MAX_AT_ONCE);

    /**
     * A line as it was read.
     *
     * @param question null: the line asks nothing
     * @param refused why it asks nothing; null: it asks
     */
    private record Read(int number, Question question, Problem refused) {}

    /**
     * Answers each line that is not blank.
     *
     * @param at time that the account is answered for
     * @throws ProblemException if as many requests are at work as may be
     * @throws IOException if the caller goes away
     */
    void answer(OfferQueries.Asked asked, Instant at, Lines lines, OutputStream answers)
            throws IOException {
        if (!places.tryAcquire()) {
            throw new ProblemException(
                            ProblemType.UNAVAILABLE,
                            "%d requests for many titles are at work in this node."
                                    .formatted(MAX_AT_ONCE))
                    .retryAfter(RETRY_AFTER);
        }
        try {
            new LineExchange<>(lines, new Answering(asked, at)).run(answers, executor);
        } finally {
            places.release();
        }
    }

    /** The work on the lines of one request. */
    private final class Answering implements LineExchange.Work<Read> {

        private final OfferQueries.Asked asked;
        private final Instant at;

        Answering(OfferQueries.Asked asked, Instant at) {
            this.asked = asked;
            this.at = at;
        }

        @Override
        public Read read(Line line) {
            try {
                var question = reader.read(line, MAX_LINES, OfferLine.class).question();
                return new Read(line.number(), question, null);
            } catch (ProblemException e) {
                return new Read(line.number(), null, Problem.of(e));
            }
        }

        @Override
        public int bytes(Read read) {
            return LINE_BYTES;
        }

        @Override
        public byte[] answer(List<Read> lines) {
            var answers = new ByteArrayOutputStream();
            for (var answer : answers(lines)) answers.writeBytes(bytes(answer));
            return answers.toByteArray();
        }

        @Override
        public byte[] broken(int line, ProblemException why) {
            return bytes(refused(line, Problem.of(why)));
        }

        private List<OfferView> answers(List<Read> lines) {
            var questions = lines.stream().map(Read::question).filter(Objects::nonNull).toList();
            var told = told(questions).iterator();
            var answers = new ArrayList<OfferView>();
            for (var line : lines) {
                answers.add(
                        line.refused == null
                                ? told.next().of(line.number)
                                : refused(line.number, line.refused));
            }
            return answers;
        }

        /** The answers; if the titles cannot be read, each says so. */
        private List<OfferView> told(List<Question> questions) {
            try {
                return asked.answer(questions).stream().map(a -> OfferView.of(a, at)).toList();
            } catch (RuntimeException e) {
                var why = why(e);
                return questions.stream().map(question -> unanswered(question, why)).toList();
            }
        }

        private static ProblemException why(RuntimeException e) {
            var outage = Outage.behind(e);
            if (outage.isPresent()) {
                return new ProblemException(ProblemType.UNAVAILABLE, outage.get().detail());
            }
            LOG.log(Level.WARNING, "Questions about titles failed", e);
            return new ProblemException(ProblemType.INTERNAL_ERROR, "It has been logged.");
        }

        private static OfferView unanswered(Question question, ProblemException why) {
            return OfferView.refused(
                    question.title().value(), question.device().value(), Problem.of(why));
        }

        private static OfferView refused(int line, Problem why) {
            return OfferView.refused(null, null, why).of(line);
        }

        private static byte[] bytes(OfferView answer) {
            var text = new ByteArrayOutputStream();
            text.writeBytes(Json.MAPPER.writeValueAsBytes(answer));
            text.write('\n');
            return text.toByteArray();
        }
    }
}
