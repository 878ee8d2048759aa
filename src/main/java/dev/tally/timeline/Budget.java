package dev.tally.timeline;

import dev.tally.licensing.domain.Evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A budget of which a command used or gave back some.
 *
 * @param rule name of the rule
 * @param limit most that was allowed under the policy in force then; null: no limit
 * @param usedBefore how much was used before the command, at the time of the command
 * @param usedAfter how much was used after it
 */
public record Budget(String rule, Integer limit, Integer usedBefore, Integer usedAfter) {

    /**
     * The budgets of which another part is used. Both lists have the same rules in the same order.
     */
    static List<Budget> between(List<Evaluation> before, List<Evaluation> after) {
        var changed = new ArrayList<Budget>();
        for (int i = 0; i < before.size(); i++) {
            var was = before.get(i);
            var is = after.get(i);
            if (!Objects.equals(was.used(), is.used())) {
                changed.add(new Budget(is.rule().label(), is.limit(), was.used(), is.used()));
            }
        }
        return changed;
    }
}
