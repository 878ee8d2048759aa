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

/** What can be asked about a customer. Nothing here writes. */
@ApplicationScoped
public class LicensingQueries {

    @Inject Accounts accounts;
    @Inject CatalogLookup catalog;

    /** The account as it is now. */
    public Versioned account(CustomerId customer, Instant now) {
        return accounts.read(customer, now);
    }

    /**
     * The account as it was, events of that time included.
     *
     * @param asOf null: as it is now
     * @return for the past without a version: nothing can be changed there
     */
    public Versioned account(CustomerId customer, Instant asOf, Instant now) {
        return asOf == null
                ? account(customer, now)
                : new Versioned(accounts.readAsOf(customer, asOf), null);
    }

    /**
     * One license of an account, however long ago it ended.
     *
     * @param until events after it are left out; null: none are
     * @throws Rejected with {@link Reason#UNKNOWN_LICENSE}
     */
    public License license(CustomerId customer, Versioned versioned, LicenseId id, Instant until) {
        return versioned
                .account()
                .licenses()
                .find(id)
                .or(() -> accounts.readEnded(customer, id, until))
                .orElseThrow(
                        () ->
                                new Rejected(
                                        Reason.UNKNOWN_LICENSE,
                                        "The customer has no license " + id + "."));
    }

    /**
     * The customer's budgets.
     *
     * @param title whose budgets to add; null: none
     * @param device whose budgets to add; null: none
     * @param plan null: the plan of the customer's latest license
     */
    public List<Evaluation> quotas(
            CustomerId customer, TitleId title, DeviceId device, PlanId plan, Instant now) {
        var account = accounts.read(customer, now).account();
        var asked = title == null ? null : catalog.title(title);
        var policy = catalog.policy(asked, plan == null ? account.licenses().plan() : plan, now);
        return Licensing.quotas(account, asked, policy, device, now);
    }

    /** A dry run: what an acquire would be answered now. */
    public DryRun decide(AcquireLicense command) {
        var account = accounts.read(command.customer(), command.at()).account();
        var title = catalog.title(command.title());
        var policy = catalog.policy(title, command.plan(), command.at());
        return new DryRun(
                Licensing.decide(account, title, policy, command),
                Licensing.existing(account, command).orElse(null),
                policy.version());
    }

    /**
     * A decision that took no effect.
     *
     * @param existing the active license that would come back; null: there is none
     * @param policyVersion that it was decided under
     */
    public record DryRun(Decision decision, License existing, int policyVersion) {}
}
