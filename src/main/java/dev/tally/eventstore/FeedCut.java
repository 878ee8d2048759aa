package dev.tally.eventstore;

/**
 * Thrown if what follows a place in the feed cannot be told without a gap. Events that the reader
 * has not seen would be skipped, and nobody would notice.
 */
public final class FeedCut extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Why why;

    /** Reasons why a feed cannot be read on. */
    public enum Why {
        /** The database is another one: its data came by a dump, and positions go on elsewhere. */
        OTHER_CLUSTER("The data were restored into another database cluster."),
        /** A standby was promoted, or a backup restored: the last transactions may be lost. */
        OTHER_TIMELINE(
                "The database was restored from a backup, or a standby took over: what was read"
                        + " last may be lost, and other events have its positions."),
        /** The database has not got as far as the reader: it is older than it was. */
        AHEAD(
                "The database has not got as far as this cursor: an older state of it was"
                        + " restored."),
        /** Events that the reader has not got to were retired. */
        RETIRED("Events that follow this cursor have been retired."),
        /** The data were restored into another cluster, and no node has been started on it. */
        NOT_COUNTED_YET(
                "The database is a copy in another cluster, on which no node has been started"
                        + " yet.");

        private final String sentence;

        Why(String sentence) {
            this.sentence = sentence;
        }
    }

    public FeedCut(Why why) {
        super(why.sentence);
        this.why = why;
    }

    public Why why() {
        return why;
    }
}
