package dev.tally.licensing.api;

import dev.tally.http.Json;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Evaluation;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Describes denials: every violated rule, in a sentence and as data. */
public final class Denials {

    /** Member of a denial that lists the violated rules. */
    static final String VIOLATIONS = "violations";

    private Denials() {}

    static ProblemException problem(ProblemType type, Denied denied) {
        return problem(type, denied.violations());
    }

    /**
     * The problem of a denial.
     *
     * @param violations all rules that forbid what was asked
     */
    public static ProblemException problem(ProblemType type, List<Evaluation> violations) {
        var detail = violations.stream().map(Denials::sentence).collect(Collectors.joining(" "));
        return new ProblemException(type, detail, Map.of(VIOLATIONS, RuleView.of(violations)));
    }

    private static String sentence(Evaluation violated) {
        var ending = violated.ending();
        var next = violated.nextAllowedAt();
        return violated.fact()
                + (ending == null ? "" : " at " + Json.text(ending.at()))
                + (next == null ? "" : "; allowed again at " + Json.text(next))
                + ".";
    }
}
