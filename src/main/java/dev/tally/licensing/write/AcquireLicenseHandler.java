package dev.tally.licensing.write;

import dev.tally.catalog.Policy;
import dev.tally.catalog.Title;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.RenewalWindow;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;

/** Grants a license, or gives back the active one if there is one. */
@ApplicationScoped
public class AcquireLicenseHandler {

    @Inject Accounts accounts;
    @Inject CatalogLookup catalog;

    /**
     * Decides and, if allowed, stores.
     *
     * @throws Rejected for an unknown title or plan, a reused key, a failed precondition
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    public LicenseOutcome handle(AcquireLicense command, Asked asked) {
        var title = catalog.title(command.title());
        var outcome =
                accounts.decide(
                        command,
                        asked,
                        (account, asOfNow) ->
                                Licensing.decide(
                                        account, title, policy(account, title, asOfNow), asOfNow));
        return switch (outcome.decision()) {
            case Denied denied -> LicenseOutcome.without(outcome);
            case Unchanged found -> {
                var asOfNow = command.at(outcome.at());
                var existing = Licensing.existing(outcome.account(), asOfNow).orElseThrow();
                var policy = policy(outcome.account(), title, asOfNow);
                yield granted(existing, outcome, title, policy, command.at());
            }
            case Allowed allowed -> {
                var issued = (LicenseIssued) allowed.events().getFirst();
                var license =
                        accounts.license(
                                outcome.account(),
                                command.customer(),
                                issued.license(),
                                outcome.at(),
                                null);
                var then = policyOf(outcome.account(), issued, outcome.at(), title);
                yield granted(license, outcome, title, then, command.at());
            }
        };
    }

    private static LicenseOutcome granted(
            License license, Outcome outcome, Title title, Policy policy, Instant now) {
        var quotas = Licensing.quotas(outcome.account(), license, title, policy, outcome.at());
        var renewal = RenewalWindow.of(outcome.account(), license, title, policy, outcome.at());
        return LicenseOutcome.of(outcome, license, quotas, renewal.orElse(null), now);
    }

    private Policy policy(Account account, Title title, AcquireLicense command) {
        return catalog.policy(account, title, command.plan(), command.at());
    }

    /** The policy of an acquire's own time, also where the acquire is answered again. */
    private Policy policyOf(Account account, LicenseIssued issued, Instant at, Title title) {
        var now = catalog.policyInForce(account, title, issued.plan(), at);
        return issued.policyVersion() == now.version()
                ? now
                : catalog.policyAsOf(account, issued.policyVersion(), at, title, issued.plan());
    }
}
