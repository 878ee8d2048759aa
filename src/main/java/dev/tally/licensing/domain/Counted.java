package dev.tally.licensing.domain;

import java.time.Instant;

/**
 * Something that a limit counts.
 *
 * @param eventId id of the event that made it count
 * @param until time from which it counts no more; null: it counts for ever
 */
record Counted(String eventId, Instant until) {

    static Counted of(Download download, Instant yearEnds) {
        return new Counted(download.countedBy(), Times.earliest(yearEnds, download.confirmBy()));
    }

    static Counted of(License license) {
        return new Counted(license.issuedBy(), license.expiresAt());
    }
}
