package dev.tally.licensing.provisional;

import dev.tally.availability.StoreUnavailable;
import dev.tally.catalog.UnreadableCopy;
import dev.tally.fallback.JournalUnavailable;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.write.Asked;

import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;

import org.eclipse.microprofile.faulttolerance.ExecutionContext;
import org.eclipse.microprofile.faulttolerance.FallbackHandler;

/** Answers a START that the store did not answer. */
@Dependent
public class SessionWithoutStore implements FallbackHandler<StartOutcome> {

    @Inject Provisionally provisionally;

    @Override
    public StartOutcome handle(ExecutionContext failed) {
        var said = failed.getParameters();
        var shown = (Shown) said[2];
        var why = StoreUnavailable.behind(failed.getFailure());
        try {
            return provisionally.start(
                    (CustomerId) said[0],
                    (Report) said[1],
                    shown == null ? null : shown.license(),
                    (Asked) said[3],
                    why);
        } catch (UnreadableCopy | JournalUnavailable e) {
            throw Provisionally.without(e, why);
        }
    }
}
