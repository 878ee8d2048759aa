package dev.tally.licensing.write;

import dev.tally.eventstore.EventStore.Trace;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.ReconcileAcquire;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Reconciling;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.util.List;

/** Records a license that a node granted while the store was away. */
@ApplicationScoped
public class ReconcileAcquireHandler {

    @Inject Accounts accounts;
    @Inject CatalogLookup catalog;

    /**
     * Decides under the policy that was in force when the license was granted, and stores. A title
     * or a plan that is unknown now sets no limit. If the member's device has sent the acquire
     * again under its key, the answer is the license that it got then.
     *
     * @param asked the key and hash of the acquire that the node was asked for
     * @throws Rejected for a key that was used for another command, and with {@link
     *     Reason#UNKNOWN_LICENSE} if the customer was erased after the license was granted
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    public LicenseOutcome handle(ReconcileAcquire command, Asked asked) {
        var wish = command.wish();
        var title = catalog.titleAnyhow(wish.title(), command.studio());
        var outcome =
                accounts.decide(
                        command,
                        asked,
                        (account, asOfNow) -> {
                            var license = command.ids().license();
                            var trace = accounts.trace(command.customer(), license);
                            checkNotErased(command, trace);
                            var known = trace.isThere() ? known(account, asOfNow) : null;
                            var policy =
                                    catalog.policySince(
                                            account,
                                            title,
                                            wish.plan(),
                                            command.issuedAt(),
                                            asOfNow.at());
                            return Reconciling.decide(account, known, title, policy, asOfNow);
                        });
        var id = idOf(outcome.decision(), command);
        var license =
                accounts.license(outcome.account(), command.customer(), id, outcome.at(), null);
        return LicenseOutcome.of(outcome, license, List.of(), null, command.at());
    }

    /**
     * What was granted to an erased customer is not recorded. The account has been read: if it is
     * emptied from now on, it cannot be appended to.
     */
    private static void checkNotErased(ReconcileAcquire command, Trace trace) {
        if (trace.erasedAt() != null && command.issuedAt().isBefore(trace.erasedAt())) {
            throw new Rejected(
                    Reason.UNKNOWN_LICENSE,
                    "The customer was erased after the license was granted.");
        }
    }

    /** The license that has the id already; null if none has. */
    private License known(Account account, ReconcileAcquire command) {
        return accounts.findLicense(
                        account, command.customer(), command.ids().license(), command.at())
                .orElse(null);
    }

    private static LicenseId idOf(Decision decision, ReconcileAcquire command) {
        var events = decision instanceof Allowed allowed ? allowed.events() : List.of();
        return events.stream()
                .filter(LicenseIssued.class::isInstance)
                .map(event -> ((LicenseIssued) event).license())
                .findFirst()
                .orElse(command.ids().license());
    }
}
