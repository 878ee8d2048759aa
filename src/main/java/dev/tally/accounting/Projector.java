package dev.tally.accounting;

import dev.tally.accounting.Build.State;
import dev.tally.eventstore.EventFeed;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedCut;
import dev.tally.eventstore.FeedEvent;
import dev.tally.eventstore.FeedPage;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/**
 * Counts the feed for one projection, a page in a transaction, as the owner.
 *
 * <p>The session takes the projection's lock, reads how far the build is and then a page of the
 * feed. One transaction of the same session adds the counts and notes the new place. So each event
 * is counted once, wherever a node is killed, and two nodes never count at the same time. A session
 * that breaks loses both, the lock and what it did not commit.
 */
final class Projector {

    /** Events counted in one transaction. */
    static final int MOST_EVENTS = EventFeed.MAX_EVENTS_PER_READ;

    /** Rows of a build that is gone deleted in one transaction. */
    static final int MOST_ROWS = 5_000;

    private static final Logger LOG = Logger.getLogger(Projector.class.getName());

    private final DataSource owner;
    private final EventFeed feed;
    private final Projection projection;
    private FeedCursor told;

    /** What is left to do after a transaction. */
    enum Left {
        MORE,
        NOTHING
    }

    /** What is done within one transaction. */
    interface Work {
        Left in(Connection connection) throws SQLException;
    }

    Projector(DataSource owner, EventFeed feed, Projection projection) {
        this.owner = owner;
        this.feed = feed;
        this.projection = projection;
    }

    /**
     * Counts a page for each build, and deletes some rows of one that is gone. Each is a
     * transaction. Does nothing while another node counts.
     *
     * @return whether there is more to do at once
     */
    Left round() throws SQLException {
        var left = step(State.SERVING);
        if (step(State.BUILDING) == Left.MORE) left = Left.MORE;
        return alone(this::forget) == Left.MORE ? Left.MORE : left;
    }

    String name() {
        return projection.name();
    }

    /** Counts a page for the build in a state, if there is one. */
    Left step(State state) throws SQLException {
        return alone(connection -> step(connection, state));
    }

    /** Works while the session has the projection's lock; does nothing while another has it. */
    private Left alone(Work work) throws SQLException {
        try (var connection = owner.getConnection()) {
            if (!asks(connection, "select pg_try_advisory_lock(hashtext(?))")) return Left.NOTHING;
            try {
                return work.in(connection);
            } finally {
                asks(connection, "select pg_advisory_unlock(hashtext(?))");
            }
        }
    }

    private boolean asks(Connection connection, String sql) throws SQLException {
        try (var query = connection.prepareStatement(sql)) {
            query.setString(1, "tally.projection." + projection.name());
            try (var row = query.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /** Does all of the work or, if it fails, none of it. */
    private static Left whole(Connection connection, Work work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            var left = work.in(connection);
            connection.commit();
            return left;
        } finally {
            // After the commit nothing is left to take back.
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private Left step(Connection connection, State state) throws SQLException {
        var builds = Build.all(connection, projection.name());
        if (builds.stream().allMatch(build -> build.state() == State.GONE)) {
            Build.begin(connection, projection.name(), "None was served.");
            return Left.MORE;
        }
        for (var build : builds) {
            if (build.state() == state) return count(connection, build);
        }
        return Left.NOTHING;
    }

    private Left count(Connection connection, Build build) throws SQLException {
        // What is open now may hold back events of any time since it began. So this is asked first.
        var until = wholeUntil(connection);
        FeedPage page;
        try {
            page = feed.read(build.after(), MOST_EVENTS);
        } catch (FeedCut e) {
            return whole(connection, tx -> beginAnew(tx, build, e));
        }
        var events = readable(page.events());
        var isWhole = events.size() == page.events().size();
        if (!isWhole) tell(page, events.size());
        if (!isWhole && events.isEmpty()) return Left.NOTHING;
        var isCaughtUp = isWhole && page.isCaughtUp();
        return whole(connection, tx -> add(tx, build, page, events, isCaughtUp ? until : null));
    }

    /**
     * Counts events of a page, and notes the place behind them.
     *
     * @param until time before which everything is counted then; null: more follows
     */
    private Left add(
            Connection connection,
            Build build,
            FeedPage page,
            List<FeedEvent> events,
            Instant until)
            throws SQLException {
        projection.count(connection, build.number(), build.state() == State.SERVING, events);
        build.moveOn(
                connection,
                events.size() == page.events().size() ? page.end() : page.behind(events.getLast()),
                events.size(),
                until);
        if (until == null) return Left.MORE;
        if (build.state() == State.BUILDING) {
            build.serve(connection);
            LOG.log(
                    Level.INFO,
                    "Projection {0}: build {1} is caught up and shown",
                    new Object[] {projection.name(), Long.toString(build.number())});
            return Left.MORE;
        }
        var isMoreDue = projection.settle(connection, build.number(), until);
        return isMoreDue ? Left.MORE : Left.NOTHING;
    }

    /** Time before which everything is told, once a reader has caught up after this. */
    private Instant wholeUntil(Connection connection) throws SQLException {
        var oldest = feed.lag().oldestBeganAt();
        try (var query = connection.prepareStatement("select now()");
                var row = query.executeQuery()) {
            row.next();
            var now = Build.time(row, 1);
            return oldest != null && oldest.isBefore(now) ? oldest : now;
        }
    }

    /** The events before the first that this version cannot read: a newer node counts that one. */
    private static List<FeedEvent> readable(List<FeedEvent> events) {
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).event().recorded() == null) return events.subList(0, i);
        }
        return events;
    }

    private void tell(FeedPage page, int place) {
        var stop = page.behind(page.events().get(place));
        // Each is named once: the same one is met again every few seconds.
        if (stop.equals(told)) return;
        told = stop;
        LOG.log(
                Level.WARNING,
                "Projection {0} waits for a newer version: this one cannot read event {1} at"
                        + " position {2}",
                new Object[] {
                    projection.name(),
                    page.events().get(place).event().name(),
                    Long.toString(stop.place().position())
                });
    }

    /**
     * Begins a new build if the feed cannot be read on. The figures that are shown stay as they are
     * until it has caught up.
     */
    private Left beginAnew(Connection connection, Build build, FeedCut cut) throws SQLException {
        // The node that starts on the new cluster makes it known, and then the reason is another.
        if (cut.why() == FeedCut.Why.NOT_COUNTED_YET) return Left.NOTHING;
        var isUnderWay =
                build.state() == State.SERVING
                        && Build.all(connection, projection.name()).stream()
                                .anyMatch(other -> other.state() == State.BUILDING);
        if (isUnderWay) return Left.NOTHING;
        LOG.log(
                Level.WARNING,
                "Projection {0} is built anew: {1}",
                new Object[] {projection.name(), cut.getMessage()});
        if (build.state() == State.BUILDING) build.giveUp(connection);
        Build.begin(connection, projection.name(), cut.getMessage());
        return Left.MORE;
    }

    /** Deletes rows of builds that are gone. */
    private Left forget(Connection connection) throws SQLException {
        for (var build : Build.all(connection, projection.name())) {
            if (build.state() != State.GONE) continue;
            return whole(
                    connection,
                    tx -> {
                        var isDone = !projection.forget(tx, build.number(), MOST_ROWS);
                        if (isDone) build.delete(tx);
                        return Left.MORE;
                    });
        }
        return Left.NOTHING;
    }
}
