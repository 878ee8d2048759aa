package dev.tally.licensing.provisional;

import dev.tally.availability.StoreUnavailable;
import dev.tally.catalog.UnreadableCopy;
import dev.tally.fallback.JournalUnavailable;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.write.Asked;

import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;

import org.eclipse.microprofile.faulttolerance.ExecutionContext;
import org.eclipse.microprofile.faulttolerance.FallbackHandler;

/** Answers a command about a license that the store did not answer. */
@Dependent
public class LicenseWithoutStore implements FallbackHandler<LicenseAnswer> {

    @Inject Provisionally provisionally;

    @Override
    public LicenseAnswer handle(ExecutionContext failed) {
        var said = failed.getParameters();
        var shown = (Shown) said[1];
        var license = shown == null ? null : shown.license();
        var asked = (Asked) said[2];
        var why = StoreUnavailable.behind(failed.getFailure());
        try {
            return answer(said[0], license, asked, why);
        } catch (UnreadableCopy | JournalUnavailable e) {
            throw Provisionally.without(e, why);
        }
    }

    private LicenseAnswer answer(Object said, License license, Asked asked, StoreUnavailable why) {
        return switch (said) {
            case AcquireLicense command -> provisionally.acquire(command, asked, why);
            case RenewLicense command -> provisionally.renew(command, license, asked, why);
            default -> throw new IllegalStateException("no command: " + said);
        };
    }
}
