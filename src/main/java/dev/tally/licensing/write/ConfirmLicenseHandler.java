package dev.tally.licensing.write;

import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Licensing;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** Records that a device has stored a license. */
@ApplicationScoped
public class ConfirmLicenseHandler {

    @Inject LicenseCommands licenses;

    /**
     * Decides and, if allowed, stores.
     *
     * @throws Rejected for an unknown license, a clock too far ahead, a reused key, a failed
     *     precondition
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    public LicenseOutcome handle(ConfirmLicense command, Asked asked) {
        return licenses.decideReported(
                command,
                command.occurredAt(),
                asked,
                (account, license, asOfNow) -> Licensing.decide(account, license, asOfNow));
    }
}
