package dev.tally.accounting;

import dev.tally.eventstore.FeedEvent;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** Figures that are counted from the feed, in rows of their own for each build. */
interface Projection {

    /** Name of the projection in table {@code projection}. */
    String name();

    /** Adds events to the figures of a build, within the caller's transaction. */
    void count(Connection connection, long build, boolean isServing, List<FeedEvent> events)
            throws SQLException;

    /**
     * Does what is due once everything before a time has been counted, within the caller's
     * transaction.
     *
     * @return true if more is due, for another transaction
     */
    boolean settle(Connection connection, long build, Instant countedUntil) throws SQLException;

    /**
     * Deletes rows of a build that is gone, within the caller's transaction.
     *
     * @return true if some may be left
     */
    boolean forget(Connection connection, long build, int mostRows) throws SQLException;
}
