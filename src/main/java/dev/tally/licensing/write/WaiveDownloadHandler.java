package dev.tally.licensing.write;

import dev.tally.licensing.domain.Command.WaiveDownload;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** Waives a counted download for the operator; one that is waived already stays so. */
@ApplicationScoped
public class WaiveDownloadHandler {

    @Inject Accounts accounts;
    @Inject DownloadQueries downloads;

    /**
     * Waives the download that an event counted, however long ago. It is always read from its
     * events: the account has dropped it if it lies more than a year back.
     *
     * @throws Rejected for an unknown download, a reused key, a failed precondition
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    public Outcome handle(WaiveDownload command, Asked asked) {
        return accounts.decide(
                command,
                asked,
                (account, asOfNow) -> {
                    var counted =
                            downloads
                                    .counted(command.customer(), command.countedBy())
                                    .orElseThrow(() -> unknown(command));
                    var download =
                            accounts.readDownload(command.customer(), counted.download())
                                    .orElseThrow(() -> unknown(command));
                    return Licensing.decide(download, counted.title(), asOfNow);
                });
    }

    private static Rejected unknown(WaiveDownload command) {
        return new Rejected(
                Reason.UNKNOWN_DOWNLOAD,
                "No event " + command.countedBy() + " of the customer counted a download.");
    }
}
