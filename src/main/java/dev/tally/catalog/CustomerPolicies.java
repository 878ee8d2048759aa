package dev.tally.catalog;

import dev.tally.eventstore.Caller;
import dev.tally.ids.CustomerId;

import java.time.Instant;
import java.util.Optional;

/**
 * Keeps the policies of scope customer. They are part of each customer's own history, and not of
 * the catalogue: there may be millions, and a node keeps the whole catalogue in memory. A version
 * is named by the number of the event that set it.
 */
public interface CustomerPolicies {

    /** The versions of a customer's policy that are in force or to come. */
    PolicySet current(CustomerId customer);

    /** The newest version up to a number, however old, perhaps one that says it is removed. */
    Optional<PolicyDocument> upTo(CustomerId customer, int version);

    /**
     * Stores the next version of a customer's policy.
     *
     * @param supersedes version that the new one follows; 0 if there is none, or the newest says
     *     that the policy is removed
     * @param settings null: the version says that the policy is removed
     * @param validFrom time from which it is in force
     * @param command new id for the command
     * @return empty if that version is not the newest: somebody else was first
     */
    Optional<PolicyDocument> put(
            CustomerId customer,
            int supersedes,
            PolicySettings settings,
            Instant validFrom,
            String command,
            Caller operator);
}
