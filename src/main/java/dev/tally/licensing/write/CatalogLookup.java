package dev.tally.licensing.write;

import dev.tally.catalog.Catalog;
import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.Title;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;

/** Finds the titles and policies that commands name, or rejects the command. */
@ApplicationScoped
public class CatalogLookup {

    @Inject Catalog catalog;

    /**
     * The title with an id.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_TITLE}
     */
    public Title title(TitleId id) {
        return catalog.title(id)
                .orElseThrow(
                        () -> new Rejected(Reason.UNKNOWN_TITLE, "There is no title " + id + "."));
    }

    /**
     * The policy in force.
     *
     * @param title null for no title in particular
     * @param plan null for no plan in particular
     * @param at time of what is decided under the policy
     * @throws Rejected with {@link Reason#UNKNOWN_PLAN}
     */
    public Policy policy(Title title, PlanId plan, Instant at) {
        return inForce(catalog.policies(), title, plan, at);
    }

    /**
     * The policy that was in force at a time of the past. Policies that were written later change
     * nothing. Titles have no versions: the title is as it is now.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_PLAN} if there was no such plan then
     */
    Policy policyAsOf(Title title, PlanId plan, Instant at) {
        return inForce(catalog.policiesAsOf(at), title, plan, at);
    }

    /** The policy for a title, known or not, and a plan, known or not. */
    Policy policyAnyhow(TitleId title, PlanId plan, Instant at) {
        return catalog.policies().inForce(catalog.title(title).orElse(null), plan, at);
    }

    private static Policy inForce(PolicySet policies, Title title, PlanId plan, Instant at) {
        if (plan != null && !policies.hasPlan(plan, at)) {
            throw new Rejected(Reason.UNKNOWN_PLAN, "There is no plan " + plan + ".");
        }
        return policies.inForce(title, plan, at);
    }

    /** The policy that a decision of the past was made under. */
    Policy policyAsOf(int version, Instant at, Title title, PlanId plan) {
        return catalog.policiesAsOf(version, at).inForce(title, plan, at);
    }
}
