package dev.tally.licensing.domain;

import dev.tally.catalog.Scope;

import java.time.Instant;
import java.util.List;

/**
 * What one rule found.
 *
 * @param scope whose policy set the limit; null where no policy can
 * @param limit the count allowed; null: no limit, or the rule does not count
 * @param used how much of the limit is used; null: the rule does not count
 * @param satisfied whether the rule allows what was asked
 * @param countedEvents the ids of the events that make up {@code used}
 * @param nextAllowedAt when the rule would allow it if nothing but time passed; null: it does now,
 *     or time alone does not help
 * @param remedies what the member can do; empty where the rule is satisfied
 * @param ending how the license ended, of the rule that it must not have; null: it has not, or the
 *     rule asks for something else
 */
public record Evaluation(
        Rule rule,
        Scope scope,
        Integer limit,
        Integer used,
        boolean satisfied,
        List<String> countedEvents,
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
}
