package dev.tally.licensing.write;

import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.OnLicense;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiFunction;

/** What the commands about one license that there is have in common. */
@ApplicationScoped
class LicenseCommands {

    @Inject Accounts accounts;

    /**
     * Finds the license, decides, and answers with the license as it is then.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_LICENSE}, or as {@link Accounts#decide}
     */
    LicenseOutcome decide(
            OnLicense command, Asked asked, BiFunction<Account, License, Decision> decide) {
        var outcome =
                accounts.decide(
                        command,
                        asked,
                        account -> decide.apply(account, license(account, command)));
        return new LicenseOutcome(
                outcome.decision(),
                license(outcome.account(), command),
                List.of(),
                outcome.at(),
                outcome.version());
    }

    /**
     * Checks what a device says of when something happened.
     *
     * @param tolerance how far in the future it may be; null: no limit
     * @throws Rejected with {@link Reason#CLOCK_SKEW}
     */
    static void checkClock(Instant occurredAt, Instant now, Duration tolerance) {
        if (occurredAt != null && tolerance != null && occurredAt.isAfter(now.plus(tolerance))) {
            throw new Rejected(
                    Reason.CLOCK_SKEW,
                    "occurredAt is more than " + tolerance + " after the server's time " + now);
        }
    }

    private License license(Account account, OnLicense command) {
        return account.licenses()
                .find(command.license())
                .or(() -> accounts.readEnded(command.customer(), command.license(), null))
                .orElseThrow(
                        () ->
                                new Rejected(
                                        Reason.UNKNOWN_LICENSE,
                                        "The customer has no license " + command.license() + "."));
    }
}
