package dev.tally.licensing.provisional;

import dev.tally.ids.SessionId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.licensing.write.ReportHandler.Item;
import dev.tally.licensing.write.ReportHandler.Reports;

import java.time.Instant;

/**
 * Outcome of a START.
 *
 * @param item what became of the report
 * @param session the session; one that a command began the first time if it is answered again
 * @param account the account as the START left it
 * @param created true if the session was begun by this command, now or the first time
 * @param again true if the command had been stored before
 * @param at time of the decision
 * @param version version of the customer; null: only the store knows
 */
public record StartOutcome(
        Item item,
        SessionId session,
        Account account,
        boolean created,
        boolean again,
        Instant at,
        String version) {

    static StartOutcome of(Reports done) {
        var item = done.items().getFirst();
        var again = done.outcome().again();
        return new StartOutcome(
                item,
                again ? startedBy(done) : item.report().session(),
                done.account(),
                again || isRecorded(item),
                again,
                done.outcome().at(),
                done.outcome().version());
    }

    /** Outcome of a START that the store does not know of. */
    static StartOutcome promised(Item item, Account account, Instant at) {
        return new StartOutcome(
                item, item.report().session(), account, isRecorded(item), false, at, null);
    }

    public boolean isProvisional() {
        return version == null;
    }

    private static boolean isRecorded(Item item) {
        return item.reported() != null && item.reported().result() == Result.RECORDED;
    }

    private static SessionId startedBy(Reports done) {
        var allowed = (Allowed) done.outcome().decision();
        return allowed.events().stream()
                .filter(SessionStarted.class::isInstance)
                .map(event -> ((SessionStarted) event).session())
                .findFirst()
                .orElseThrow();
    }
}
