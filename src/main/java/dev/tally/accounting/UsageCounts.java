package dev.tally.accounting;

/**
 * Counts of what happened to licenses. Those of a page of events are added to what is stored.
 *
 * @param ended licenses that end then, less those that were counted so before and live on
 */
record UsageCounts(
        int acquired, int ended, int renewed, int released, int revoked, int plays, int overLimit) {

    static final UsageCounts ACQUIRED = new UsageCounts(1, 0, 0, 0, 0, 0, 0);
    static final UsageCounts ENDED = new UsageCounts(0, 1, 0, 0, 0, 0, 0);
    static final UsageCounts LIVES_ON = new UsageCounts(0, -1, 0, 0, 0, 0, 0);
    static final UsageCounts RENEWED = new UsageCounts(0, 0, 1, 0, 0, 0, 0);
    static final UsageCounts RELEASED = new UsageCounts(0, 0, 0, 1, 0, 0, 0);
    static final UsageCounts REVOKED = new UsageCounts(0, 0, 0, 0, 1, 0, 0);
    static final UsageCounts PLAYED = new UsageCounts(0, 0, 0, 0, 0, 1, 0);
    static final UsageCounts OVER_LIMIT = new UsageCounts(0, 0, 0, 0, 0, 0, 1);

    UsageCounts plus(UsageCounts more) {
        return new UsageCounts(
                acquired + more.acquired,
                ended + more.ended,
                renewed + more.renewed,
                released + more.released,
                revoked + more.revoked,
                plays + more.plays,
                overLimit + more.overLimit);
    }
}
