package dev.tally.timeline.simulation;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.catalog.Title;
import dev.tally.ids.PlanId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.write.CatalogLookup;

import java.time.Instant;

/**
 * The policies of the past, as they were and with a proposed one over them.
 *
 * @param own what the policy of the one customer sets that is proposed; null: another one is
 */
record Policies(PolicySet real, PolicySet proposed, PolicySettings own) {

    /**
     * The policies from a time on.
     *
     * @param real policies that were in force from then on
     */
    static Policies with(Proposal proposal, PolicySet real, Instant from) {
        return proposal.scope() == Scope.CUSTOMER
                ? new Policies(real, real, proposal.settings())
                : new Policies(
                        real,
                        real.supposing(
                                proposal.scope(), proposal.id(), proposal.settings().known(), from),
                        null);
    }

    /** The policy that was in force for a title and a plan; either may be null. */
    Policy real(Account account, Title title, PlanId plan, Instant at) {
        return real.inForce(title, plan, CatalogLookup.own(account, at, at), at);
    }

    /** The policy that would have been in force; title and plan may be null. */
    Policy proposed(Account account, Title title, PlanId plan, Instant at) {
        var mine = own == null ? CatalogLookup.own(account, at, at) : own;
        return proposed.inForce(title, plan, mine, at);
    }
}
