package dev.tally.licensing.write;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Circumstances;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.PotentialState;
import dev.tally.licensing.domain.PotentialState.Done;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.write.Accounts.Versioned;
import dev.tally.licensing.write.Rejected.Reason;
import dev.tally.licensing.write.Supposition.Proposed;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Answers what would be decided if something else were so. Nothing here writes. */
@ApplicationScoped
public class PotentialQueries {

    @Inject Accounts accounts;
    @Inject CatalogLookup catalog;
    @Inject LicensingQueries queries;

    /**
     * A decision under a supposition.
     *
     * @param existing active license that would come back; null: there would be none
     * @param policyVersion version of the policy that it was decided under; null: a policy that
     *     nobody has written is part of it
     * @param done what was decided about each command that is done first
     */
    public record Potential(
            Decision decision, License existing, Integer policyVersion, List<Done> done) {}

    /**
     * Decides an acquire under a supposition.
     *
     * @param found the customer's account as it is, or was
     * @throws Rejected for an unknown title, plan or studio, or a policy that cannot be
     */
    public Potential decide(AcquireLicense asked, Versioned found, Supposition supposed) {
        var known = policies(found, supposed);
        var policies = known;
        PolicySettings own = null;
        for (var policy : supposed.policies()) {
            if (policy.scope() == Scope.CUSTOMER) {
                own = own(asked.customer(), policy);
            } else {
                policies = with(policy, policies, found);
            }
        }
        var around = new Around(asked.customer(), found, policies, own);
        var state = PotentialState.of(found.account()).after(supposed.commands(), around);
        var command = under(supposed.plan(), asked).at(supposed.at());
        var title = around.title(command.title());
        var policy = around.policy(title, command.plan(), command.at());
        return new Potential(
                Licensing.decide(state.account(), title, policy, command),
                Licensing.existing(state.account(), command).orElse(null),
                own != null || policy.version() > known.newestVersion() ? null : policy.version(),
                state.done());
    }

    private PolicySet policies(Versioned found, Supposition supposed) {
        if (supposed.policyVersion() != null) {
            return catalog.policiesUpTo(supposed.policyVersion(), found.at());
        }
        return queries.policies(found);
    }

    private PolicySet with(Proposed proposed, PolicySet policies, Versioned found) {
        switch (proposed.scope()) {
            case TITLE -> {
                var unused = queries.title(new TitleId(proposed.id()), found);
            }
            case STUDIO -> catalog.requireStudio(new StudioId(proposed.id()));
            case CUSTOMER, PLAN, GLOBAL -> {}
        }
        return policies.supposing(
                proposed.scope(), proposed.id(), settings(proposed.settings()).known(), found.at());
    }

    private static PolicySettings own(CustomerId customer, Proposed proposed) {
        if (!proposed.id().equals(customer.value())) {
            throw new Rejected(
                    Reason.INVALID_POLICY, "The policy is of another customer than the decision.");
        }
        return settings(proposed.settings());
    }

    private static PolicySettings settings(Map<String, Object> json) {
        try {
            return PolicySettings.asked(json);
        } catch (IllegalArgumentException e) {
            throw new Rejected(Reason.INVALID_POLICY, e.getMessage() + ".");
        }
    }

    private static AcquireLicense under(PlanId plan, AcquireLicense asked) {
        if (plan == null) return asked;
        var wish = asked.wish();
        var other = new Wish(wish.type(), wish.title(), wish.device(), wish.deviceName(), plan);
        return new AcquireLicense(asked.customer(), other, asked.ids(), asked.at());
    }

    /** What is beside a customer's account, under the policies of a supposition. */
    private final class Around implements Circumstances {

        private final CustomerId customer;
        private final Versioned found;
        private final PolicySet policies;
        private final PolicySettings supposedOwn;

        /**
         * @param supposedOwn what the customer's own policy is supposed to set; null: what it does
         */
        Around(
                CustomerId customer,
                Versioned found,
                PolicySet policies,
                PolicySettings supposedOwn) {
            this.customer = customer;
            this.found = found;
            this.policies = policies;
            this.supposedOwn = supposedOwn;
        }

        @Override
        public Title title(TitleId id) {
            return queries.title(id, found);
        }

        @Override
        public Policy policy(Title title, PlanId plan, Instant at) {
            CatalogLookup.requirePlan(policies, plan, at);
            return policyInForce(title, plan, at);
        }

        @Override
        public Policy policyInForce(Title title, PlanId plan, Instant at) {
            var own =
                    supposedOwn == null
                            ? CatalogLookup.own(found.account(), at, found.at())
                            : supposedOwn;
            return policies.inForce(title, plan, own, at);
        }

        @Override
        public Optional<License> license(LicenseId id) {
            return accounts.readEnded(customer, id, found.until());
        }

        @Override
        public Optional<Session> session(SessionId id) {
            return accounts.readSession(customer, id, found.until());
        }

        @Override
        public Account seen(Account account) {
            return found.stale() == null
                    ? catalog.seen(account, found.until())
                    : found.stale().seen(account);
        }
    }
}
