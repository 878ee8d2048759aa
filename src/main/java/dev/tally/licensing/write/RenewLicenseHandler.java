package dev.tally.licensing.write;

import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Licensing;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** Renews a license: restarts its rental clock. */
@ApplicationScoped
public class RenewLicenseHandler {

    @Inject LicenseCommands licenses;
    @Inject CatalogLookup catalog;

    /**
     * Decides under the policy of the license's title and plan and, if allowed, stores.
     *
     * @throws Rejected for an unknown license, a reused key, a failed precondition
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    public LicenseOutcome handle(RenewLicense command, Asked asked) {
        return licenses.decide(
                command,
                asked,
                (account, license, asOfNow) -> {
                    var title = catalog.title(license.title());
                    var policy =
                            catalog.policyInForce(account, title, license.plan(), asOfNow.at());
                    return Licensing.decide(account, license, title, policy, asOfNow);
                });
    }
}
