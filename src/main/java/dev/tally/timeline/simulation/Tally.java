package dev.tally.timeline.simulation;

import dev.tally.timeline.simulation.Counts.Changed;
import dev.tally.timeline.simulation.Counts.Changes;
import dev.tally.timeline.simulation.Judgement.Verdict;
import dev.tally.timeline.simulation.Replay.Decided;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts with the examples that were met on the way. Pure.
 *
 * @param examples examples that are new
 */
record Tally(Counts counts, List<Example> examples) {

    /** Most examples of a rule and an outcome. */
    static final int EXAMPLES = 5;

    Tally {
        examples = List.copyOf(examples);
    }

    static Tally of(Counts counts) {
        return new Tally(counts, List.of());
    }

    /** Adds a customer whose history cannot be read. */
    Tally withUnknown() {
        return new Tally(
                counts.plus(new Counts(0, 1, 0, 0, 0, 0, Changes.NONE, Map.of())), examples);
    }

    /** Adds a customer with the requests that were decided again. */
    Tally with(String customerId, List<Decided> decided) {
        if (decided.isEmpty()) return this;
        var more = new ArrayList<>(examples);
        var soFar = counts;
        for (var one : decided) {
            var of = one(one);
            if (Replay.isChange(one) && isRare(soFar, one)) more.add(example(customerId, one));
            soFar = soFar.plus(of);
        }
        return new Tally(soFar.plus(customer(decided)), more);
    }

    private static Counts one(Decided one) {
        var verdict = one.judgement().verdict();
        var denied = verdict == Verdict.NEWLY_DENIED ? 1 : 0;
        var allowed = verdict == Verdict.NEWLY_ALLOWED ? 1 : 0;
        var isJudged = verdict != Verdict.NOT_JUDGED && verdict != Verdict.NOT_REPRODUCED;
        var rules = new HashMap<String, Changed>();
        for (var rule : one.judgement().rules()) rules.put(rule, new Changed(denied, allowed));
        return new Counts(
                0,
                0,
                isJudged && !one.isDenial() ? 1 : 0,
                isJudged && one.isDenial() ? 1 : 0,
                verdict == Verdict.NOT_REPRODUCED ? 1 : 0,
                verdict == Verdict.NOT_JUDGED ? 1 : 0,
                new Changes(denied, allowed, 0, 0),
                rules);
    }

    private static Counts customer(List<Decided> decided) {
        return new Counts(
                1,
                0,
                0,
                0,
                0,
                0,
                new Changes(
                        0,
                        0,
                        has(decided, Verdict.NEWLY_DENIED) ? 1 : 0,
                        has(decided, Verdict.NEWLY_ALLOWED) ? 1 : 0),
                Map.of());
    }

    private static boolean has(List<Decided> decided, Verdict verdict) {
        return decided.stream().anyMatch(one -> one.judgement().verdict() == verdict);
    }

    /** True if one of the rules has fewer examples than it may have. */
    private static boolean isRare(Counts soFar, Decided one) {
        var isDenied = one.judgement().verdict() == Verdict.NEWLY_DENIED;
        return one.judgement().rules().stream()
                .map(soFar::of)
                .anyMatch(of -> (isDenied ? of.newlyDenied() : of.newlyAllowed()) < EXAMPLES);
    }

    private static Example example(String customerId, Decided one) {
        var about = one.about();
        return new Example(
                customerId,
                one.place(),
                one.at(),
                new Example.Told(
                        one.judgement().verdict().name(),
                        about.kind(),
                        about.device().value(),
                        about.title() == null ? null : about.title().value(),
                        one.judgement().rules()));
    }
}
