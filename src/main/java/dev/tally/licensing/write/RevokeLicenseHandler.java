package dev.tally.licensing.write;

import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Licensing;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** Revokes a license for the operator; a license that has ended already stays as it ended. */
@ApplicationScoped
public class RevokeLicenseHandler {

    @Inject LicenseCommands licenses;

    /**
     * Revokes the license if it is active.
     *
     * @throws Rejected for an unknown license, a reused key, a failed precondition
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    public LicenseOutcome handle(RevokeLicense command, Asked asked) {
        return licenses.decide(
                command,
                asked,
                (account, license, asOfNow) -> Licensing.decide(account, license, asOfNow));
    }
}
