package dev.tally.licensing.write;

import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Licensing;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** Releases a license for the member; a license that has ended already stays as it ended. */
@ApplicationScoped
public class ReleaseLicenseHandler {

    @Inject LicenseCommands licenses;

    /**
     * Releases the license if it is active.
     *
     * @throws Rejected for an unknown license, a clock too far ahead, a reused key, a failed
     *     precondition
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    public LicenseOutcome handle(ReleaseLicense command, Asked asked) {
        return licenses.decideReported(
                command,
                command.occurredAt(),
                asked,
                (account, license, asOfNow) -> Licensing.decide(account, license, asOfNow));
    }
}
