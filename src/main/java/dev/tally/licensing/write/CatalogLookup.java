package dev.tally.licensing.write;

import dev.tally.catalog.Catalog;
import dev.tally.catalog.KnownCatalog;
import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Title;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
        return existing(id, catalog.title(id));
    }

    /**
     * The title that was found.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_TITLE} if none was
     */
    public static Title existing(TitleId id, Optional<Title> found) {
        return found.orElseThrow(
                () -> new Rejected(Reason.UNKNOWN_TITLE, "There is no title " + id + "."));
    }

    /** The catalogue as this node knows it without the store; empty if it knows too little. */
    Optional<KnownCatalog> known() {
        return catalog.known();
    }

    /** Several titles, by their ids; those that there are not are left out. */
    Map<TitleId, Title> titles(Set<TitleId> ids) {
        return catalog.titles(ids);
    }

    /** The same as they were at a time of the past. */
    Map<TitleId, Title> titlesAsOf(Set<TitleId> ids, Instant at) {
        return catalog.titlesAsOf(ids, at);
    }

    /** The title with an id, or what is known of one that the catalogue does not have. */
    Title titleAnyhow(TitleId id, StudioId studio) {
        return catalog.title(id).orElseGet(() -> new Title(id, id.value(), studio, null, null));
    }

    /**
     * The title as it was at a time of the past.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_TITLE} if there was none then
     */
    Title titleAsOf(TitleId id, Instant at) {
        return catalog.titleAsOf(id, at)
                .orElseThrow(
                        () -> new Rejected(Reason.UNKNOWN_TITLE, "There was no title " + id + "."));
    }

    /**
     * An account as the titles' availability lets it be, as far as this node knows.
     *
     * @param asOf time whose availability counts, as it was known then; null: now
     */
    public Account seen(Account account, Instant asOf) {
        var titles = account.licenses().openTitles();
        if (titles.isEmpty()) return account;
        return account.endingWith(
                asOf == null
                        ? catalog.availabilityEnds(titles)
                        : catalog.availabilityEndsAsOf(titles, asOf));
    }

    /**
     * The policy in force for a plan that the caller names.
     *
     * @param account account of the customer, who may have a policy of their own
     * @param title null for no title in particular
     * @param plan null for no plan in particular
     * @param at time of what is decided under the policy
     * @throws Rejected with {@link Reason#UNKNOWN_PLAN}
     */
    public Policy policy(Account account, Title title, PlanId plan, Instant at) {
        requirePlan(catalog.policies(), plan, at);
        return policyInForce(account, title, plan, at);
    }

    /**
     * What the customer's own policy sets; null: nothing.
     *
     * @param at time of what is decided under the policy
     * @param now time of the account
     */
    public static PolicySettings own(Account account, Instant at, Instant now) {
        return account.policy()
                .inForce(at, now)
                .map(version -> PolicySettings.ofText(version.settings()))
                .orElse(null);
    }

    /**
     * The policy that was in force at a time of the past. Policies that were written later change
     * nothing.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_PLAN} if there was no such plan then
     */
    Policy policyAsOf(Account account, Title title, PlanId plan, Instant at) {
        var policies = catalog.policiesAsOf(at);
        requirePlan(policies, plan, at);
        return policies.inForce(title, plan, own(account, at, at), at);
    }

    /**
     * All policies, as decisions of a time read them.
     *
     * @param asOf time of the past; null: now
     */
    public PolicySet policies(Instant asOf) {
        return asOf == null ? catalog.policies() : catalog.policiesAsOf(asOf);
    }

    /**
     * All policies with knowledge up to a version, from the database.
     *
     * @param from time from which they are in force, or may be
     * @throws Rejected with {@link Reason#INVALID_POLICY} if there is no such version yet
     */
    PolicySet policiesUpTo(int version, Instant from) {
        if (version > catalog.newestPolicyVersion()) {
            throw new Rejected(
                    Reason.INVALID_POLICY, "There is no policy version " + version + " yet.");
        }
        return catalog.policiesAsOf(version, from);
    }

    /**
     * Checks that a studio has titles.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_STUDIO}
     */
    public void requireStudio(StudioId id) {
        if (!catalog.hasStudio(id)) {
            throw new Rejected(Reason.UNKNOWN_STUDIO, "No title is of studio " + id + ".");
        }
    }

    /** The policy for a title, known or not, and a plan, known or not. */
    public Policy policyAnyhow(Account account, TitleId title, PlanId plan, Instant at) {
        return policyInForce(account, catalog.title(title).orElse(null), plan, at);
    }

    /** The same at a time of the past. */
    Policy policyAnyhowAsOf(Account account, TitleId title, PlanId plan, Instant at) {
        return policyInForceAsOf(account, catalog.titleAsOf(title, at).orElse(null), plan, at, at);
    }

    /**
     * Checks that there is a plan.
     *
     * @param plan null: no plan in particular
     * @throws Rejected with {@link Reason#UNKNOWN_PLAN}
     */
    public static void requirePlan(PolicySet policies, PlanId plan, Instant at) {
        if (plan != null && !policies.hasPlan(plan, at)) {
            throw new Rejected(Reason.UNKNOWN_PLAN, "There is no plan " + plan + ".");
        }
    }

    /**
     * The policy in force for a plan that a license was issued under. A plan that was removed since
     * sets nothing: what was granted can still be played, renewed and given back.
     */
    public Policy policyInForce(Account account, Title title, PlanId plan, Instant at) {
        return catalog.policies().inForce(title, plan, own(account, at, at), at);
    }

    /**
     * The same at a time of the past.
     *
     * @param now time of the account
     */
    Policy policyInForceAsOf(Account account, Title title, PlanId plan, Instant at, Instant now) {
        return catalog.policiesAsOf(at).inForce(title, plan, own(account, at, now), at);
    }

    /**
     * The policy in force when something was promised or decided, from memory unless that was long
     * ago.
     *
     * @param now time of the account
     */
    Policy policySince(Account account, Title title, PlanId plan, Instant at, Instant now) {
        return catalog.policiesSince(at).inForce(title, plan, own(account, at, now), at);
    }

    /**
     * The catalogue as it was at each time from a time on.
     *
     * @param from earliest time that is asked for
     */
    public PastCatalog past(Instant from) {
        return past(catalog.policiesAsOf(from));
    }

    /**
     * The catalogue as it was at each time, but for its policies.
     *
     * @param policies policies that are in force instead
     */
    public PastCatalog past(PolicySet policies) {
        return new PastCatalog(catalog, policies);
    }

    /** The policy that a decision of the past was made under. */
    public Policy policyAsOf(Account account, int version, Instant at, Title title, PlanId plan) {
        return catalog.policiesAsOf(version, at).inForce(title, plan, own(account, at, at), at);
    }
}
