package dev.tally.timeline.simulation;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a simulation has counted. Kept as JSON: a number that an older node does not know is lost if
 * that node goes on with the simulation.
 *
 * @param customers customers whose requests were decided again
 * @param customersUnknown customers whose history of the time cannot be read any more, not by this
 *     version, or not in time
 * @param commands commands that were allowed and were decided again
 * @param denials denials that were decided again; those of one row of denials are one
 * @param notReproduced commands and denials whose real outcome did not come out again
 * @param notJudged commands and denials of which too little is known
 * @param rules by rule, those that it would deny, or had denied
 */
public record Counts(
        long customers,
        long customersUnknown,
        long commands,
        long denials,
        long notReproduced,
        long notJudged,
        Changes changes,
        Map<String, Changed> rules) {

    static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, Changes.NONE, Map.of());

    /**
     * Numbers of all that would have another outcome.
     *
     * @param customersDenied customers with a request that would newly be denied
     * @param customersAllowed customers with one that would newly be allowed
     */
    public record Changes(
            long newlyDenied, long newlyAllowed, long customersDenied, long customersAllowed) {

        static final Changes NONE = new Changes(0, 0, 0, 0);

        Changes plus(Changes others) {
            return new Changes(
                    newlyDenied + others.newlyDenied,
                    newlyAllowed + others.newlyAllowed,
                    customersDenied + others.customersDenied,
                    customersAllowed + others.customersAllowed);
        }
    }

    /** Numbers of a rule. */
    public record Changed(long newlyDenied, long newlyAllowed) {

        static final Changed NONE = new Changed(0, 0);

        Changed plus(Changed others) {
            return new Changed(
                    newlyDenied + others.newlyDenied, newlyAllowed + others.newlyAllowed);
        }
    }

    public Counts {
        changes = changes == null ? Changes.NONE : changes;
        rules = rules == null ? Map.of() : Map.copyOf(rules);
    }

    Counts plus(Counts others) {
        var all = new TreeMap<>(rules);
        others.rules.forEach((rule, changed) -> all.merge(rule, changed, Changed::plus));
        return new Counts(
                customers + others.customers,
                customersUnknown + others.customersUnknown,
                commands + others.commands,
                denials + others.denials,
                notReproduced + others.notReproduced,
                notJudged + others.notJudged,
                changes.plus(others.changes),
                all);
    }

    Changed of(String rule) {
        return rules.getOrDefault(rule, Changed.NONE);
    }
}
