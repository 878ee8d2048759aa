package dev.tally.licensing.write;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.RenewalWindow;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.write.Accounts.Versioned;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Answers queries about a customer. Nothing here writes. */
@ApplicationScoped
public class LicensingQueries {

    @Inject Accounts accounts;
    @Inject CatalogLookup catalog;

    /** The current account. */
    public Versioned account(CustomerId customer, Instant clock) {
        return accounts.read(customer, clock);
    }

    /**
     * The account as of a time, events of that time included.
     *
     * @param asOf null: the current account
     * @param maxStale age up to which this node's memory will do while the store does not answer;
     *     null: it will not. The past is not in memory.
     * @return an account of the past without a version, since nothing can be changed there
     */
    public Versioned account(CustomerId customer, Instant asOf, Instant now, Duration maxStale) {
        return asOf == null
                ? accounts.read(customer, now, maxStale)
                : accounts.readAsOf(customer, asOf);
    }

    /**
     * One license of an account, however long ago it ended.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_LICENSE}
     */
    public License license(CustomerId customer, Versioned of, LicenseId id) {
        return accounts.license(of.account(), customer, id, of.at(), of.until());
    }

    /** One session of an account, however long ago it ended. */
    public Optional<Session> session(CustomerId customer, Versioned of, SessionId id) {
        return of.account()
                .sessions()
                .find(id, of.at())
                .or(() -> accounts.readSession(customer, id, of.until()));
    }

    /**
     * Question for budgets.
     *
     * @param title title whose budgets to add; null: none
     * @param device device whose budgets to add; null: none
     * @param plan null: the plan of the customer's latest license
     */
    public record Budgets(TitleId title, DeviceId device, PlanId plan) {}

    /** The customer's budgets, by the policies that are in force at the account's time. */
    public List<Evaluation> quotas(Versioned of, Budgets asked) {
        var account = of.account();
        var title = asked.title() == null ? null : title(asked.title(), of);
        var policy =
                asked.plan() == null
                        ? policyInForce(title, account.licenses().plan(), of)
                        : policy(title, asked.plan(), of);
        return Licensing.quotas(account, title, policy, asked.device(), of.at());
    }

    /**
     * A dry run: the answer that an acquire would get now, or would have got at a time of the past.
     *
     * @param found the customer's account
     */
    public DryRun decide(AcquireLicense command, Versioned found) {
        var asOfNow = command.at(found.at());
        var title = title(command.title(), found);
        var policy = policy(title, command.plan(), found);
        return new DryRun(
                Licensing.decide(found.account(), title, policy, asOfNow),
                Licensing.existing(found.account(), asOfNow).orElse(null),
                policy.version());
    }

    Title title(TitleId id, Versioned of) {
        if (of.stale() != null) {
            return CatalogLookup.existing(id, of.stale().title(id));
        }
        return of.isOfThePast() ? catalog.titleAsOf(id, of.until()) : catalog.title(id);
    }

    /** Several titles, by their ids; those that there are not are left out. */
    Map<TitleId, Title> titles(Set<TitleId> ids, Versioned of) {
        if (of.stale() != null) {
            return ids.stream()
                    .flatMap(id -> of.stale().title(id).stream())
                    .collect(Collectors.toMap(Title::id, Function.identity()));
        }
        return of.isOfThePast() ? catalog.titlesAsOf(ids, of.until()) : catalog.titles(ids);
    }

    /** All policies that are in force at an account's time, or come into force later. */
    PolicySet policies(Versioned of) {
        return of.stale() == null
                ? catalog.policies(of.isOfThePast() ? of.at() : null)
                : of.stale().catalog().policies();
    }

    /** When a license of an account should be renewed; empty in the past, where nothing can be. */
    public Optional<RenewalWindow> renewal(License license, Versioned of) {
        if (of.isOfThePast() || !license.isActiveAt(of.at())) return Optional.empty();
        var title =
                of.stale() == null
                        ? catalog.titleAnyhow(license.title(), license.studio())
                        : of.stale().title(license.title()).orElse(null);
        if (title == null) return Optional.empty();
        var policy = policyInForce(title, license.plan(), of);
        return RenewalWindow.of(of.account(), license, title, policy, of.at());
    }

    private Policy policyInForce(Title title, PlanId plan, Versioned of) {
        if (of.stale() != null) {
            var own = CatalogLookup.own(of.account(), of.at(), of.at());
            return of.stale().catalog().policies().inForce(title, plan, own, of.at());
        }
        return of.isOfThePast()
                ? catalog.policyInForceAsOf(of.account(), title, plan, of.at(), of.at())
                : catalog.policyInForce(of.account(), title, plan, of.at());
    }

    private Policy policy(Title title, PlanId plan, Versioned of) {
        if (of.stale() != null) {
            CatalogLookup.requirePlan(of.stale().catalog().policies(), plan, of.at());
            return policyInForce(title, plan, of);
        }
        return of.isOfThePast()
                ? catalog.policyAsOf(of.account(), title, plan, of.at())
                : catalog.policy(of.account(), title, plan, of.at());
    }

    /**
     * A decision that took no effect.
     *
     * @param existing active license that would come back; null: there is none
     * @param policyVersion version of the policy that it was decided under
     */
    public record DryRun(Decision decision, License existing, int policyVersion) {}
}
