package dev.tally.runtime;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/**
 * Brings the database to what a release needs. If a newer release has migrated it, nothing is run,
 * functions and views included: the older ones would be put back.
 */
final class Migration {

    private static final Logger LOG = Logger.getLogger(Migration.class.getName());

    /** Longest wait for another node that migrates, in seconds. */
    private static final int LONGEST_WAIT_SECONDS = 60;

    private final DataSource owner;
    private final Flyway flyway;
    private final int release;
    private final int oldestServed;

    /**
     * A migration by one release.
     *
     * @param release number of the release that migrates
     * @param oldestServed number of the oldest release that can work beside it
     */
    Migration(DataSource owner, Flyway flyway, int release, int oldestServed) {
        this.owner = owner;
        this.flyway = flyway;
        this.release = release;
        this.oldestServed = oldestServed;
    }

    /**
     * Migrates, one node at a time.
     *
     * @return the schema version in force
     * @throws UnusableDatabase if this release cannot work with what is in the database
     */
    MigrationVersion perform() {
        // This connection holds the lock; Flyway works on connections of its own.
        try (var connection = owner.getConnection()) {
            requireSessions(connection);
            run(connection, "set lock_timeout = '%ds'".formatted(LONGEST_WAIT_SECONDS));
            run(connection, "select pg_advisory_lock(hashtext('tally.migrate'))");
            run(connection, "reset lock_timeout");
            try {
                return perform(connection);
            } finally {
                run(connection, "select pg_advisory_unlock(hashtext('tally.migrate'))");
            }
        } catch (SQLException e) {
            throw new IllegalStateException("The database cannot be migrated", e);
        }
    }

    /**
     * Refuses a pooler in transaction mode: locks of a session, which keep two nodes from doing the
     * same work, would be lost without notice. Two open connections have two processes of the
     * server, and each keeps its own.
     */
    private void requireSessions(Connection connection) throws SQLException {
        try (var other = owner.getConnection()) {
            var before = process(connection);
            var beside = process(other);
            if (before != beside && before == process(connection) && beside == process(other)) {
                return;
            }
        }
        throw new UnusableDatabase(
                "The owner's connections have no session of their own, since they go through a"
                        + " pooler in transaction mode: set TALLY_DB_OWNER_HOST and"
                        + " TALLY_DB_OWNER_PORT to the database itself");
    }

    private static int process(Connection connection) throws SQLException {
        return number(connection, "select pg_backend_pid()");
    }

    private MigrationVersion perform(Connection connection) throws SQLException {
        refuseWhatWasBeforeTheFirst(connection);
        var newest = newestRelease(connection);
        if (newest > release) {
            refuseIfNotServed(connection);
            LOG.log(
                    Level.INFO,
                    "Release {0} has migrated the database: release {1} leaves it as it is",
                    new Object[] {newest, release});
        } else {
            flyway.migrate();
            expectAll();
            record(connection);
        }
        registerCluster(connection);
        return flyway.info().current().getVersion();
    }

    private static void refuseWhatWasBeforeTheFirst(Connection connection) throws SQLException {
        if (exists(connection, "stream") && !exists(connection, "customer")) {
            throw new UnusableDatabase(
                    "The database holds data of a version before the first release, which cannot"
                            + " be taken over: empty it (drop schema tally cascade, then roles.sql)"
                            + " or use another one");
        }
    }

    private int newestRelease(Connection connection) throws SQLException {
        return exists(connection, "release")
                ? number(connection, "select newest from tally.release")
                : 0;
    }

    private void refuseIfNotServed(Connection connection) throws SQLException {
        var served = number(connection, "select oldest_served from tally.release");
        if (served > release) {
            throw new UnusableDatabase(
                    "The database serves releases from %d on, and this is release %d: use a newer one"
                            .formatted(served, release));
        }
    }

    /** Fails unless every migration is applied: Flyway takes an empty folder for success. */
    private void expectAll() {
        var info = flyway.info();
        var expected =
                Arrays.stream(info.all())
                        .filter(migration -> migration.getScript() != null)
                        .map(MigrationInfo::getVersion)
                        .filter(v -> v != null)
                        .max(MigrationVersion::compareTo)
                        .orElseThrow(() -> new IllegalStateException("There are no migrations"));
        var current = info.current().getVersion();
        if (current.compareTo(expected) < 0) {
            throw new IllegalStateException("The schema is at " + current + ", not at " + expected);
        }
    }

    private void record(Connection connection) throws SQLException {
        try (var update =
                connection.prepareStatement(
                        """
                        update tally.release
                        set newest = ?, oldest_served = ?, migrated_at = now()
                        where (newest, oldest_served) is distinct from (?, ?)
                        """)) {
            update.setInt(1, release);
            update.setInt(2, oldestServed);
            update.setInt(3, release);
            update.setInt(4, oldestServed);
            update.executeUpdate();
        }
    }

    private static void registerCluster(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("select tally.register_cluster()")) {
            row.next();
            var news = row.getString(1);
            if (news != null) LOG.warning(news);
        }
    }

    private static boolean exists(Connection connection, String table) throws SQLException {
        try (var query = connection.prepareStatement("select to_regclass('tally.' || ?)")) {
            query.setString(1, table);
            try (var row = query.executeQuery()) {
                row.next();
                return row.getString(1) != null;
            }
        }
    }

    private static int number(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
