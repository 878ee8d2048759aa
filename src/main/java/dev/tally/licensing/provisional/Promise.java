package dev.tally.licensing.provisional;

import dev.tally.ids.CustomerId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.write.Asked;

import java.time.Instant;

/**
 * What a node has promised a member without the store. The journal keeps it until the store has it.
 *
 * @param id id of the promise, unique everywhere
 * @param asked id and sender of the command that it answers
 * @param at time at which it was given
 * @param until time at which what was promised ends; null: nobody knows, as with a session
 */
public record Promise(
        String id, CustomerId customer, Asked asked, Instant at, Instant until, What what) {

    /** What was promised. */
    public sealed interface What {
        LicenseId license();
    }

    /**
     * A license.
     *
     * @param issued the license as it was promised: it expires when the promise does
     * @param deviceName the member's name for the device; null: not said
     * @param download id of the download, if the license counts as one
     */
    public record Acquired(LicenseIssued issued, String deviceName, DownloadId download)
            implements What {

        @Override
        public LicenseId license() {
            return issued.license();
        }
    }

    /**
     * A longer life of a license that was there.
     *
     * @param download id of the download, if the renewal counts as one
     */
    public record Renewed(LicenseId license, DownloadId download) implements What {}

    /** A session on a license. */
    public record Started(LicenseId license, SessionId session) implements What {}

    /** True if it answers the command with this key. */
    boolean answers(String key) {
        return asked.id().key().equals(key);
    }
}
