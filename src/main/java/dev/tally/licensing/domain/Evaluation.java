package dev.tally.licensing.domain;

import dev.tally.catalog.Scope;

import java.time.Instant;
import java.util.List;

/**
 * Finding of one rule.
 *
 * @param scope scope of the policy that set the limit; null where no policy can
 * @param satisfied true if the rule allows what was asked
 * @param count what the rule counted, and how much is allowed
 * @param nextAllowedAt time at which the rule would allow it if nothing but time passed; null: it
 *     does now, or time alone does not help
 * @param remedies what the member can do; empty where the rule is satisfied
 * @param ending end of the license, where the rule asks that it has not ended; null: it has not, or
 *     the rule asks for something else
 */
public record Evaluation(
        Rule rule,
        Scope scope,
        boolean satisfied,
        Count count,
        Instant nextAllowedAt,
        List<Remedy> remedies,
        License.Ending ending) {

    /** Something that a member can do about a denial. */
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
     * Count of one rule.
     *
     * @param limit most that is allowed; null: no limit, or the rule does not count
     * @param used how much of the limit is used; null: the rule does not count
     * @param events ids of the events that make up {@code used}
     */
    public record Count(Integer limit, Integer used, List<String> events) {

        /** Count of a rule that does not count. */
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

    /**
     * Time at which all of some violated rules would allow it if nothing but time passed; null: one
     * of them never does, or there are none.
     */
    public static Instant allAllowedAt(List<Evaluation> forbidding) {
        if (forbidding.isEmpty()) return null;
        var latest = Instant.MIN;
        for (var each : forbidding) latest = Times.latest(latest, each.nextAllowedAt);
        return latest;
    }

    /** The finding as a sentence without its times and its full stop. */
    public String fact() {
        return rule.fact(this);
    }
}
