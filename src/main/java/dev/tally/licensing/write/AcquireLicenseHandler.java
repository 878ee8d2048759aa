package dev.tally.licensing.write;

import dev.tally.catalog.Policy;
import dev.tally.catalog.Title;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.List;

/** Grants a license, or gives back the active one that there is. */
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
        var policy = catalog.policy(title, command.plan(), command.at());
        var outcome =
                accounts.decide(
                        command,
                        asked,
                        account -> Licensing.decide(account, title, policy, command));
        return switch (outcome.decision()) {
            case Denied denied ->
                    new LicenseOutcome(
                            denied, null, List.of(), false, outcome.at(), outcome.version());
            case Unchanged found -> {
                var existing = Licensing.existing(outcome.account(), command).orElseThrow();
                yield granted(existing, outcome, title, policy, command.at());
            }
            case Allowed allowed -> {
                var issued = (LicenseIssued) allowed.events().getFirst();
                var license = outcome.account().licenses().find(issued.license()).orElseThrow();
                var then = policyOf(issued, outcome.at(), title, policy);
                yield granted(license, outcome, title, then, command.at());
            }
        };
    }

    private static LicenseOutcome granted(
            License license, Outcome outcome, Title title, Policy policy, Instant now) {
        var quotas = Licensing.quotas(outcome.account(), license, title, policy, outcome.at());
        return LicenseOutcome.of(outcome, license, quotas, now);
    }

    /** An acquire that is answered again is answered with the policy of its time. */
    private Policy policyOf(LicenseIssued issued, Instant at, Title title, Policy now) {
        return issued.policyVersion() == now.version()
                ? now
                : catalog.policyAsOf(issued.policyVersion(), at, title, issued.plan());
    }
}
