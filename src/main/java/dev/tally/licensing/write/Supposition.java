package dev.tally.licensing.write;

import dev.tally.catalog.Scope;
import dev.tally.ids.PlanId;
import dev.tally.licensing.domain.Supposable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What is supposed before something is decided.
 *
 * @param policies policies that are in force then, instead of those that are
 * @param policyVersion newest version of any policy that is known then; null: all are
 * @param plan plan of what is decided; null: the one that was asked for
 * @param commands commands that are done first, in the order of their times
 * @param at time of what is decided, not before the last command
 */
public record Supposition(
        List<Proposed> policies,
        Integer policyVersion,
        PlanId plan,
        List<Supposable> commands,
        Instant at) {

    /**
     * A policy that nobody has written.
     *
     * @param settings all that it sets, as JSON values by the names of policy keys
     */
    public record Proposed(Scope scope, String id, Map<String, Object> settings) {}
}
