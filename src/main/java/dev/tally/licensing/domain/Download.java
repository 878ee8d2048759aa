package dev.tally.licensing.domain;

import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;

import java.time.Instant;

/**
 * One counted download.
 *
 * @param countedBy id of the event that counted it
 * @param confirmBy time from which it counts for nothing unless it is confirmed; null: it keeps
 *     counting
 */
public record Download(
        DownloadId id, String countedBy, LicenseId license, Instant countedAt, Instant confirmBy) {

    boolean countsAt(Instant now) {
        return !Times.isReached(confirmBy, now);
    }

    Download confirmed() {
        return new Download(id, countedBy, license, countedAt, null);
    }
}
