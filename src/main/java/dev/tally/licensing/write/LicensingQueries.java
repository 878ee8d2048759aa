package dev.tally.licensing.write;

import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.write.Accounts.Versioned;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.List;

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
     * @return an account of the past without a version, since nothing can be changed there
     */
    public Versioned account(CustomerId customer, Instant asOf, Instant now) {
        return asOf == null ? account(customer, now) : accounts.readAsOf(customer, asOf);
    }

    /**
     * One license of an account, however long ago it ended.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_LICENSE}
     */
    public License license(CustomerId customer, Versioned of, LicenseId id) {
        var until = of.version() == null ? of.at() : null;
        return accounts.license(of.account(), customer, id, of.at(), until);
    }

    /**
     * The customer's budgets.
     *
     * @param title title whose budgets to add; null: none
     * @param device device whose budgets to add; null: none
     * @param plan null: the plan of the customer's latest license
     */
    public List<Evaluation> quotas(
            CustomerId customer, TitleId title, DeviceId device, PlanId plan, Instant clock) {
        var found = accounts.read(customer, clock);
        var account = found.account();
        var asked = title == null ? null : catalog.title(title);
        var policy =
                plan == null
                        ? catalog.policyInForce(asked, account.licenses().plan(), found.at())
                        : catalog.policy(asked, plan, found.at());
        return Licensing.quotas(account, asked, policy, device, found.at());
    }

    /** A dry run: the answer that an acquire would get now. */
    public DryRun decide(AcquireLicense command) {
        var found = accounts.read(command.customer(), command.at());
        var asOfNow = command.at(found.at());
        var title = catalog.title(command.title());
        var policy = catalog.policy(title, command.plan(), asOfNow.at());
        return new DryRun(
                Licensing.decide(found.account(), title, policy, asOfNow),
                Licensing.existing(found.account(), asOfNow).orElse(null),
                policy.version(),
                found.at());
    }

    /**
     * A decision that took no effect.
     *
     * @param existing active license that would come back; null: there is none
     * @param policyVersion version of the policy that it was decided under
     * @param at time that it was decided for
     */
    public record DryRun(Decision decision, License existing, int policyVersion, Instant at) {}
}
