package dev.tally.accounting;

import java.time.LocalDate;

/**
 * Usage of a title on one day (UTC).
 *
 * @param licenseType {@code DOWNLOAD} or {@code STREAMING}
 * @param active licenses that were active at the end of the day
 * @param released licenses released by members, by a deactivation, or by the end of a stream
 * @param overLimit plays, and licenses or renewals given without the database, that were recorded
 *     although a rule forbade them
 */
public record UsageRow(
        LocalDate day,
        String titleId,
        String licenseType,
        int acquired,
        int active,
        int renewed,
        int released,
        int revoked,
        int plays,
        int overLimit) {

    /** The row of a day on which nothing happened. */
    UsageRow unchangedOn(LocalDate other) {
        return new UsageRow(other, titleId, licenseType, 0, active, 0, 0, 0, 0, 0);
    }

    /** False if something happened on the day. */
    boolean isQuiet() {
        return acquired == 0
                && renewed == 0
                && released == 0
                && revoked == 0
                && plays == 0
                && overLimit == 0;
    }
}
