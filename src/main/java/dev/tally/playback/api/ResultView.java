package dev.tally.playback.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.http.Problem;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.licensing.api.Denials;
import dev.tally.licensing.api.RejectedMapper;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.Reported;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.domain.Sessions;
import dev.tally.licensing.write.ReportHandler.Item;

import java.util.List;
import java.util.Optional;

/**
 * Outcome of one of several reports.
 *
 * @param broke names of the rules that a recorded report had broken; null: none
 * @param problem reason why the report was refused; null: it was not
 */
record ResultView(
        Result result,
        @JsonInclude(Include.NON_NULL) List<String> broke,
        @JsonInclude(Include.NON_NULL) Problem problem) {

    /** The outcome in a word. */
    enum Result {
        RECORDED,
        DUPLICATE,
        ACKNOWLEDGED,
        ENDED,
        REFUSED
    }

    static ResultView of(Item item) {
        var problem = problem(item);
        if (problem.isPresent()) return refused(problem.get());
        return switch (item.reported().result()) {
            case RECORDED -> new ResultView(Result.RECORDED, broken(item.reported()), null);
            case DUPLICATE -> new ResultView(Result.DUPLICATE, null, null);
            case ACKNOWLEDGED -> new ResultView(Result.ACKNOWLEDGED, null, null);
            case ENDED -> new ResultView(Result.ENDED, null, null);
            case DENIED, ANOTHER_LICENSE, FULL, TOO_MANY_UNSTARTED ->
                    throw new IllegalStateException("it was refused");
        };
    }

    static ResultView refused(ProblemException problem) {
        return new ResultView(Result.REFUSED, null, Problem.of(problem));
    }

    /** The problem of a refused report; empty if it was not refused. */
    static Optional<ProblemException> problem(Item item) {
        if (item.rejected() != null) return Optional.of(RejectedMapper.problem(item.rejected()));
        var problem =
                switch (item.reported().result()) {
                    case DENIED ->
                            Denials.problem(ProblemType.PLAYBACK_DENIED, item.reported().broken());
                    case ANOTHER_LICENSE ->
                            new ProblemException(
                                    ProblemType.SESSION_OF_ANOTHER_LICENSE,
                                    "The session %s is one of another license."
                                            .formatted(item.report().session()));
                    case FULL ->
                            new ProblemException(
                                    ProblemType.SESSION_FULL,
                                    "A session is paused and resumed %d times at most."
                                            .formatted(Session.MAX_HOLDS));
                    case TOO_MANY_UNSTARTED ->
                            new ProblemException(
                                    ProblemType.TOO_MANY_UNSTARTED,
                                    "%d sessions wait for their START: report it first."
                                            .formatted(Sessions.MAX_UNSTARTED));
                    case RECORDED, DUPLICATE, ACKNOWLEDGED, ENDED -> null;
                };
        return Optional.ofNullable(problem);
    }

    private static List<String> broken(Reported reported) {
        var broken = reported.broken().stream().map(ResultView::label).toList();
        return broken.isEmpty() ? null : broken;
    }

    private static String label(Evaluation rule) {
        return rule.rule().label();
    }
}
