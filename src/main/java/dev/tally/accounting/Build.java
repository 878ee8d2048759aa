package dev.tally.accounting;

import dev.tally.eventstore.FeedCluster;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedPlace;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/**
 * One count of a projection from the oldest event on, as table {@code projection} has it.
 *
 * @param after place up to which it has counted; null: it has not begun
 * @param countedUntil time before which everything is counted; null: it has not caught up yet
 */
record Build(
        String name,
        long number,
        State state,
        FeedCursor after,
        Instant beganAt,
        Instant countedUntil) {

    /** States of a build, in their order. */
    enum State {
        /** The build catches up. */
        BUILDING,
        /** Its figures are shown, and it goes on. */
        SERVING,
        /** Another one is shown in its place. */
        GONE
    }

    /** All builds of a projection, the oldest first. */
    static List<Build> all(Connection connection, String name) throws SQLException {
        try (var query =
                connection.prepareStatement(
                        """
                        select name, build, state, system_identifier, timeline, position_offset,
                               position, customer_id, seq, began_at, counted_until
                        from tally.projection where name = ? order by build
                        """)) {
            query.setString(1, name);
            try (var rows = query.executeQuery()) {
                var builds = new ArrayList<Build>();
                while (rows.next()) builds.add(of(rows));
                return builds;
            }
        }
    }

    private static Build of(ResultSet row) throws SQLException {
        return new Build(
                row.getString(1),
                row.getLong(2),
                State.valueOf(row.getString(3)),
                cursor(row),
                time(row, 10),
                time(row, 11));
    }

    private static FeedCursor cursor(ResultSet row) throws SQLException {
        if (row.getObject(4) == null) return null;
        var cluster = new FeedCluster(row.getLong(4), row.getInt(5), row.getLong(6));
        return new FeedCursor(
                cluster, new FeedPlace(row.getLong(7), row.getString(8), row.getInt(9)));
    }

    static Instant time(ResultSet row, int column) throws SQLException {
        var at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    /** Begins a build, unless one is under way. */
    static void begin(Connection connection, String name, String reason) throws SQLException {
        try (var insert =
                connection.prepareStatement(
                        """
                        insert into tally.projection (name, reason) values (?, ?)
                        on conflict do nothing
                        """)) {
            insert.setString(1, name);
            insert.setString(2, reason);
            insert.executeUpdate();
        }
    }

    /**
     * Notes how far the build is.
     *
     * @param until time before which everything is counted; null: it is not caught up
     */
    void moveOn(Connection connection, FeedCursor to, int events, Instant until)
            throws SQLException {
        try (var update =
                connection.prepareStatement(
                        """
                        update tally.projection
                        set system_identifier = ?, timeline = ?, position_offset = ?, position = ?,
                            customer_id = ?, seq = ?, events = events + ?,
                            counted_until = greatest(counted_until, ?)
                        where name = ? and build = ?
                        """)) {
            update.setLong(1, to.cluster().systemIdentifier());
            update.setInt(2, to.cluster().timeline());
            update.setLong(3, to.cluster().offset());
            update.setLong(4, to.place().position());
            update.setString(5, to.place().customerId());
            update.setInt(6, to.place().seq());
            update.setInt(7, events);
            update.setObject(
                    8,
                    until == null ? null : until.atOffset(ZoneOffset.UTC),
                    Types.TIMESTAMP_WITH_TIMEZONE);
            update.setString(9, name);
            update.setLong(10, number);
            update.executeUpdate();
        }
    }

    /** Puts the build in the place of the one that is shown. */
    void serve(Connection connection) throws SQLException {
        try (var gone =
                        connection.prepareStatement(
                                """
                                update tally.projection set state = 'GONE', customer_id = null, seq = 0
                                where name = ? and state = 'SERVING'
                                """);
                var serving =
                        connection.prepareStatement(
                                """
                                update tally.projection
                                set state = 'SERVING', served_since = clock_timestamp()
                                where name = ? and build = ?
                                """)) {
            gone.setString(1, name);
            gone.executeUpdate();
            serving.setString(1, name);
            serving.setLong(2, number);
            serving.executeUpdate();
        }
    }

    /** Gives the build up; its rows are deleted later. */
    void giveUp(Connection connection) throws SQLException {
        run(
                connection,
                "update tally.projection set state = 'GONE', customer_id = null, seq = 0"
                        + " where name = ? and build = ?");
    }

    void delete(Connection connection) throws SQLException {
        run(connection, "delete from tally.projection where name = ? and build = ?");
    }

    private void run(Connection connection, String sql) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            statement.setLong(2, number);
            statement.executeUpdate();
        }
    }
}
