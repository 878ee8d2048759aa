package dev.tally.licensing.write;

import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.ReconcileRenewal;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Reconciling;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.util.List;
import java.util.Optional;

/** Records a renewal that a node granted while the store was away. */
@ApplicationScoped
public class ReconcileRenewalHandler {

    @Inject Accounts accounts;
    @Inject CatalogLookup catalog;

    /**
     * Decides under the policy that was in force when the renewal was granted, and stores. A title
     * or a plan that is unknown now sets no limit.
     *
     * @param asked the key and hash of the renewal that the node was asked for
     * @return {@code Unchanged} without a license if the customer never had it
     * @throws Rejected for a key that was used for another command
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    public LicenseOutcome handle(ReconcileRenewal command, Asked asked) {
        var outcome =
                accounts.decide(
                        command,
                        asked,
                        (account, asOfNow) ->
                                license(account, asOfNow)
                                        .map(license -> decide(account, license, asOfNow))
                                        .orElseGet(() -> new Unchanged(List.of())));
        return license(outcome.account(), command.at(outcome.at()))
                .map(license -> LicenseOutcome.of(outcome, license, List.of(), null, command.at()))
                .orElseGet(() -> LicenseOutcome.without(outcome));
    }

    private Optional<License> license(Account account, ReconcileRenewal command) {
        return accounts.findLicense(account, command.customer(), command.license(), command.at());
    }

    private Decision decide(Account account, License license, ReconcileRenewal command) {
        var title = catalog.titleAnyhow(license.title(), license.studio());
        var policy =
                catalog.policySince(
                        account, title, license.plan(), command.renewedAt(), command.at());
        return Reconciling.decide(account, license, title, policy, command);
    }
}
