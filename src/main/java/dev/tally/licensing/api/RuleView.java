package dev.tally.licensing.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.License;

import java.time.Instant;
import java.util.List;

/**
 * One rule of a decision.
 *
 * @param scope scope of the policy that set the limit; null: no policy does
 * @param limit most that is allowed; null: no limit, or nothing is counted
 * @param current how much is counted; null: nothing is
 * @param countedEvents ids of the events that were counted
 * @param nextAllowedAt time at which it would be allowed; null: it is now, or time alone does not
 *     help
 * @param remedies what the member can do
 * @param ending end of the license, where that is what forbids it
 */
record RuleView(
        String rule,
        String scope,
        boolean satisfied,
        Integer limit,
        Integer current,
        List<String> countedEvents,
        Instant nextAllowedAt,
        List<Remedy> remedies,
        @JsonInclude(Include.NON_NULL) License.Ending ending) {

    static RuleView of(Evaluation evaluation) {
        return new RuleView(
                evaluation.rule().label(),
                QuotaView.label(evaluation.scope()),
                evaluation.satisfied(),
                evaluation.limit(),
                evaluation.used(),
                evaluation.countedEvents(),
                evaluation.nextAllowedAt(),
                evaluation.remedies(),
                evaluation.ending());
    }

    static List<RuleView> of(List<Evaluation> rules) {
        return rules.stream().map(RuleView::of).toList();
    }
}
