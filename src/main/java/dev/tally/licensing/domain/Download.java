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
 * @param waivedAt time at which the operator waived it, since when no limit counts it; null: it is
 *     not waived
 */
public record Download(
        DownloadId id,
        String countedBy,
        LicenseId license,
        Instant countedAt,
        Instant confirmBy,
        Instant waivedAt) {

    /**
     * True if the download has not lapsed. Such a download has its place in the title's years, even
     * if it is waived.
     */
    boolean standsAt(Instant now) {
        return !Times.isReached(confirmBy, now);
    }

    public boolean isWaived() {
        return waivedAt != null;
    }

    Download confirmed() {
        return new Download(id, countedBy, license, countedAt, null, waivedAt);
    }

    Download waived(Instant at) {
        return new Download(id, countedBy, license, countedAt, confirmBy, at);
    }
}
