package dev.tally.licensing.api;

import dev.tally.licensing.api.DecisionsResource.Result;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.PotentialState;
import dev.tally.licensing.domain.PotentialState.Done;
import dev.tally.licensing.domain.PotentialState.Verdict;
import dev.tally.licensing.domain.PotentialState.Why;
import dev.tally.licensing.domain.RuleChange;
import dev.tally.licensing.write.PotentialQueries.Potential;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What would be decided if something else were so.
 *
 * @param then the decision then
 * @param commands what was decided about each command that is done first, in order
 * @param differences rules that find something else then, in order of precedence
 */
record PotentialView(ThenView then, List<DoneView> commands, List<RuleChangeView> differences) {

    /**
     * A decision under a supposition.
     *
     * @param policyVersion null: a policy that nobody has written is part of it
     * @param existingLicenseId id of the active license for the device and title; null: there is
     *     none
     */
    record ThenView(
            Result result,
            Instant at,
            Integer policyVersion,
            String existingLicenseId,
            List<RuleView> rules) {}

    /**
     * What was decided about one command.
     *
     * @param name name of what the command makes, {@code #1}
     * @param at time at which it is done
     * @param why null: the rules tell it, or there is nothing to tell
     * @param licenseId license that it is about, or gives; null: none
     */
    record DoneView(
            String name,
            Instant at,
            Verdict result,
            Why why,
            String licenseId,
            List<RuleView> rules) {

        static DoneView of(Done done, int place) {
            return new DoneView(
                    PotentialState.license(place).value(),
                    done.command().at(),
                    done.verdict(),
                    done.why(),
                    done.license() == null ? null : done.license().value(),
                    RuleView.of(done.rules()));
        }
    }

    /**
     * A rule that finds something else.
     *
     * @param now finding now; null: the rule does not apply now
     * @param then finding then; null: the rule does not apply then
     */
    record RuleChangeView(String rule, RuleView now, RuleView then) {

        static RuleChangeView of(RuleChange change) {
            return new RuleChangeView(
                    change.rule().label(),
                    change.now() == null ? null : RuleView.of(change.now()),
                    change.then() == null ? null : RuleView.of(change.then()));
        }
    }

    static PotentialView of(Decision now, Potential potential, Instant at) {
        var done = new ArrayList<DoneView>();
        for (var one : potential.done()) done.add(DoneView.of(one, done.size() + 1));
        var existing = potential.existing();
        var then =
                new ThenView(
                        Result.of(potential.decision()),
                        at,
                        potential.policyVersion(),
                        existing == null ? null : existing.id().value(),
                        RuleView.of(potential.decision().rules()));
        var differences =
                RuleChange.between(now.rules(), potential.decision().rules()).stream()
                        .map(RuleChangeView::of)
                        .toList();
        return new PotentialView(then, done, differences);
    }
}
