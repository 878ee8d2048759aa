package dev.tally.licensing.write;

import dev.tally.catalog.PolicyKey;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.OnLicense;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.RenewalWindow;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.List;

/** Shared part of all commands about one existing license. */
@ApplicationScoped
class LicenseCommands {

    @Inject Accounts accounts;
    @Inject CatalogLookup catalog;

    /**
     * Finds the license, decides, and answers with the license as the command left it.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_LICENSE}, or as {@link Accounts#decide}
     */
    <C extends OnLicense<C>> LicenseOutcome decide(C command, Asked asked, Decide<C> decide) {
        var outcome =
                accounts.decide(
                        command,
                        asked,
                        (account, asOfNow) ->
                                decide.apply(account, license(account, asOfNow), asOfNow));
        var license =
                accounts.license(
                        outcome.account(),
                        command.customer(),
                        command.license(),
                        outcome.at(),
                        null);
        return LicenseOutcome.of(
                outcome, license, List.of(), renewal(outcome, license), command.at());
    }

    private RenewalWindow renewal(Outcome outcome, License license) {
        var at = outcome.at();
        if (!license.isActiveAt(at)) return null;
        var account = outcome.account();
        var title = catalog.titleAnyhow(license.title(), license.studio());
        var policy = catalog.policySince(account, title, license.plan(), at, at);
        return RenewalWindow.of(account, license, title, policy, at).orElse(null);
    }

    /**
     * Decides a command that a device reports, perhaps late. Its time must not lie too far in the
     * future.
     *
     * @param occurredAt time by the device's clock; null: it does not say
     * @throws Rejected also with {@link Reason#CLOCK_SKEW}
     */
    <C extends OnLicense<C>> LicenseOutcome decideReported(
            C command, Instant occurredAt, Asked asked, Decide<C> decide) {
        return decide(
                command,
                asked,
                (account, license, asOfNow) -> {
                    checkClock(account, license, occurredAt, asOfNow.at());
                    return decide.apply(account, license, asOfNow);
                });
    }

    /** Decides about a license at the time of the command. */
    interface Decide<C> {
        Decision apply(Account account, License license, C command);
    }

    private void checkClock(Account account, License license, Instant occurredAt, Instant now) {
        var title = catalog.title(license.title());
        var policy = catalog.policyInForce(account, title, license.plan(), now);
        var tolerance = policy.duration(PolicyKey.CLOCK_SKEW_TOLERANCE);
        if (occurredAt != null && tolerance != null && occurredAt.isAfter(now.plus(tolerance))) {
            throw Rejected.clockSkew(tolerance, now);
        }
    }

    private License license(Account account, OnLicense<?> command) {
        return accounts.licenseOf(account, command.customer(), command.license(), command.at());
    }
}
