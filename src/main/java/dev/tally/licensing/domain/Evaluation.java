package dev.tally.licensing.domain;

import dev.tally.catalog.Scope;

import java.time.Instant;
import java.util.List;

/**
 * What one rule found.
 *
 * @param scope whose policy set the limit; null where no policy can
 * @param satisfied whether the rule allows what was asked
 * @param count what it counted, and how much is allowed
 * @param nextAllowedAt when the rule would allow it if nothing but time passed; null: it does now,
 *     or time alone does not help
 * @param remedies what the member can do; empty where the rule is satisfied
 * @param ending how the license ended, of the rule that it must not have; null: it has not, or the
 *     rule asks for something else
 */
public record Evaluation(
        Rule rule,
        Scope scope,
        boolean satisfied,
        Count count,
        Instant nextAllowedAt,
        List<Remedy> remedies,
        License.Ending ending) {

    /** What a member can do about a denial. */
    public enum Remedy {
        /** Try again at {@code nextAllowedAt}. */
        WAIT,
        /** Release a license. */
        RELEASE,
        /** Deactivate a device. */
        DEACTIVATE,
        /** Acquire a license anew. */
        ACQUIRE
    }

    /**
     * What a rule counted.
     *
     * @param limit the count allowed; null: no limit, or the rule does not count
     * @param used how much of the limit is used; null: the rule does not count
     * @param events the ids of the events that make up {@code used}
     */
    public record Count(Integer limit, Integer used, List<String> events) {

        /** The rule does not count. */
        static final Count NONE = new Count(null, null, List.of());
    }

    public Integer limit() {
        return count.limit;
    }

    public Integer used() {
        return count.used;
    }

    public List<String> countedEvents() {
        return count.events;
    }

    /** What the rule found, as a sentence without its full stop. */
    public String fact() {
        return rule.fact(this);
    }
}
