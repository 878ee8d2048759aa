package dev.tally.licensing.domain;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A rule that finds something else in another state.
 *
 * @param now finding before; null: the rule did not apply
 * @param then finding after; null: the rule does not apply any more
 */
public record RuleChange(Rule rule, Evaluation now, Evaluation then) {

    /** The rules whose findings differ, in order of precedence. */
    public static List<RuleChange> between(List<Evaluation> now, List<Evaluation> then) {
        var before = byRule(now);
        var after = byRule(then);
        var changes = new ArrayList<RuleChange>();
        for (var rule : Rule.values()) {
            var was = before.get(rule);
            var is = after.get(rule);
            if (!Objects.equals(was, is)) changes.add(new RuleChange(rule, was, is));
        }
        return changes;
    }

    private static Map<Rule, Evaluation> byRule(List<Evaluation> rules) {
        var byRule = new EnumMap<Rule, Evaluation>(Rule.class);
        for (var found : rules) byRule.put(found.rule(), found);
        return byRule;
    }
}
