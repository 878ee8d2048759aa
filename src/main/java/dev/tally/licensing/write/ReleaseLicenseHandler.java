package dev.tally.licensing.write;

import dev.tally.catalog.PolicyKey;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Licensing;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;

/** The member gives a license back; one that has ended already stays as it ended. */
@ApplicationScoped
public class ReleaseLicenseHandler {

    @Inject LicenseCommands licenses;
    @Inject CatalogLookup catalog;

    /**
     * Releases the license if it is active.
     *
     * @throws Rejected for an unknown license, a clock too far ahead, a reused key, a failed
     *     precondition
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    @Transactional
    public LicenseOutcome handle(ReleaseLicense command, Asked asked) {
        return licenses.decide(
                command,
                asked,
                (account, license) -> {
                    var policy = catalog.policy(catalog.title(license.title()), license.plan());
                    LicenseCommands.checkClock(
                            command.occurredAt(),
                            command.at(),
                            policy.duration(PolicyKey.CLOCK_SKEW_TOLERANCE));
                    return Licensing.decide(license, command);
                });
    }
}
