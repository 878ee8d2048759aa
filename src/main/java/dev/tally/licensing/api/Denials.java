package dev.tally.licensing.api;

import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Evaluation;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How a denial is told: every violated rule, in a sentence and as data. */
public final class Denials {

    private Denials() {}

    static ProblemException problem(ProblemType type, Denied denied) {
        return problem(type, denied.violations());
    }

    /**
     * What was denied.
     *
     * @param violations all rules that forbid it
     */
    public static ProblemException problem(ProblemType type, List<Evaluation> violations) {
        var detail = violations.stream().map(Denials::sentence).collect(Collectors.joining(" "));
        return new ProblemException(type, detail, Map.of("violations", RuleView.of(violations)));
    }

    private static String sentence(Evaluation violated) {
        return violated.nextAllowedAt() == null
                ? violated.fact() + "."
                : violated.fact() + "; allowed again at " + violated.nextAllowedAt() + ".";
    }
}
