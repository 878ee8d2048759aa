package dev.tally.catalog;

import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TransactionMode;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The SQLite file of a {@link CatalogCopy}. One thread changes it at a time, in transactions; many
 * read what was committed last, and wait for none of them.
 */
final class CopyFile implements AutoCloseable {

    /** Layout of the tables below. A file with another one is made anew. */
    private static final int FORMAT = 1;

    private static final List<String> TABLES =
            List.of(
                    """
                    create table title (
                        title_id           text    not null primary key,
                        name               text    not null,
                        studio_id          text    not null,
                        availability_start text,
                        availability_end   text,
                        version            integer not null
                    ) strict, without rowid
                    """,
                    """
                    create table policy (
                        scope      text    not null,
                        scope_id   text    not null,
                        version    integer not null,
                        supersedes integer not null,
                        settings   text    not null,
                        valid_from text    not null,
                        removed    integer not null,
                        primary key (scope, scope_id, version)
                    ) strict, without rowid
                    """,
                    """
                    create table mark (
                        only_row     integer not null primary key check (only_row = 1),
                        cluster      text    not null,
                        version      text    not null,
                        seen_until   text    not null,
                        refreshed_at text    not null,
                        titles       integer not null
                    ) strict
                    """,
                    "pragma user_version = " + FORMAT);

    private static final String PUT_TITLE =
            """
            insert into title values (?, ?, ?, ?, ?, ?)
            on conflict do update set name = excluded.name, studio_id = excluded.studio_id,
                availability_start = excluded.availability_start,
                availability_end = excluded.availability_end, version = excluded.version
            where excluded.version > version
            """;

    private static final String PUT_POLICY =
            "insert into policy values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing";

    /** Largest size of the file, in pages of 4 KB: 1 GB. A title takes about 80 bytes. */
    static final int MAX_PAGES = 262_144;

    /** Size that the journal beside the file may keep after a large transaction. */
    private static final int JOURNAL_BYTES = 4 * 1024 * 1024;

    /** Memory of each connection for pages. */
    private static final int CACHE_KILOBYTES = 1_024;

    /** Longest wait for another process that uses the file, against the rules. */
    private static final int BUSY_MILLIS = 2_000;

    private static final Set<Integer> HARMLESS =
            Set.of(SQLiteErrorCode.SQLITE_FULL.code, SQLiteErrorCode.SQLITE_BUSY.code);

    private final Connection writer;
    private final Connection reader;
    private final PreparedStatement title;

    /** A connection has one result at a time. */
    private final ReentrantLock reading = new ReentrantLock();

    /**
     * The database that the copy was made from, and how far.
     *
     * @param cluster and {@code version}: see {@link CatalogRows.Source}
     * @param seenUntil time of the database up to which changes are in the copy
     * @param refreshedAt the same moment, by the clock of this node
     * @param titles number of titles
     */
    record Mark(
            String cluster, String version, Instant seenUntil, Instant refreshedAt, int titles) {

        static Mark of(CatalogRows.Source source, Instant refreshedAt, int titles) {
            return new Mark(source.cluster(), source.version(), source.now(), refreshedAt, titles);
        }

        boolean isOf(CatalogRows.Source source) {
            return cluster.equals(source.cluster()) && version.equals(source.version());
        }
    }

    private CopyFile(Connection writer, Connection reader) throws SQLException {
        this.writer = writer;
        this.reader = reader;
        this.title = reader.prepareStatement("select * from title where title_id = ?");
    }

    /**
     * Opens the file, and makes it if there is none.
     *
     * @throws SQLException if it is not whole, or not of this format
     */
    static CopyFile open(Path path, int maxPages) throws SQLException, IOException {
        Files.createDirectories(path.getParent());
        var writer = connect(path, maxPages);
        try {
            prepare(writer);
            return new CopyFile(writer, connect(path, maxPages));
        } catch (SQLException e) {
            writer.close();
            throw e;
        }
    }

    /** Deletes the file and its journals. */
    static void delete(Path path) throws IOException {
        for (var end : List.of("", "-wal", "-shm", "-journal")) {
            Files.deleteIfExists(path.resolveSibling(path.getFileName() + end));
        }
    }

    /** True if what failed leaves the file as it was: there is no space, or it is in use. */
    static boolean isWholeAfter(Throwable thrown) {
        for (var cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLiteException e && HARMLESS.contains(e.getErrorCode())) {
                return true;
            }
        }
        return false;
    }

    private static Connection connect(Path path, int maxPages) throws SQLException {
        var config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_MILLIS);
        config.setJournalMode(JournalMode.WAL);
        // A loss of power may undo the last refreshes. It never leaves a part of one.
        config.setSynchronous(SynchronousMode.NORMAL);
        config.setTransactionMode(TransactionMode.IMMEDIATE);
        config.setMaxPageCount(maxPages);
        config.setJournalSizeLimit(JOURNAL_BYTES);
        config.setCacheSize(-CACHE_KILOBYTES);
        return config.createConnection("jdbc:sqlite:" + path.toAbsolutePath());
    }

    private static void prepare(Connection connection) throws SQLException {
        var whole = text(connection, "pragma quick_check(1)");
        if (!whole.equals("ok")) throw new SQLException(whole);
        var format = Integer.parseInt(text(connection, "pragma user_version"));
        if (format == 0) {
            create(connection);
        } else if (format != FORMAT) {
            throw new SQLException("It has format " + format + ", and this release " + FORMAT);
        }
    }

    private static void create(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            for (var sql : TABLES) statement.execute(sql);
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    /** The mark of the complete copy; empty if none was completed. */
    Optional<Mark> mark() throws SQLException {
        try (var statement = writer.createStatement();
                var row = statement.executeQuery("select * from mark")) {
            if (!row.next()) return Optional.empty();
            return Optional.of(
                    new Mark(
                            row.getString("cluster"),
                            row.getString("version"),
                            instant(row.getString("seen_until")),
                            instant(row.getString("refreshed_at")),
                            row.getInt("titles")));
        }
    }

    Optional<Title> title(TitleId id) throws SQLException {
        reading.lock();
        try {
            title.setString(1, id.value());
            try (var row = title.executeQuery()) {
                return row.next() ? Optional.of(title(row)) : Optional.empty();
            }
        } finally {
            reading.unlock();
        }
    }

    private static Title title(ResultSet row) throws SQLException {
        return new Title(
                new TitleId(row.getString("title_id")),
                row.getString("name"),
                new StudioId(row.getString("studio_id")),
                instant(row.getString("availability_start")),
                instant(row.getString("availability_end")));
    }

    /** Titles in the order of their ids, after a given id. */
    List<TitleVersion> titles(String after, int limit) throws SQLException {
        var found = new ArrayList<TitleVersion>();
        try (var query =
                writer.prepareStatement(
                        "select * from title where title_id > ? order by title_id limit ?")) {
            query.setString(1, after);
            query.setInt(2, limit);
            try (var rows = query.executeQuery()) {
                while (rows.next())
                    found.add(new TitleVersion(title(rows), rows.getInt("version")));
            }
        }
        return found;
    }

    /**
     * A page of all versions of all policies, in the order of their keys.
     *
     * @param last last row of the page before; null for the first page
     */
    List<PolicyRow> policiesAfter(PolicyRow last, int limit) throws SQLException {
        var found = new ArrayList<PolicyRow>();
        try (var query =
                writer.prepareStatement(
                        """
                        select * from policy where (scope, scope_id, version) > (?, ?, ?)
                        order by scope, scope_id, version limit ?
                        """)) {
            query.setString(1, last == null ? "" : last.scope);
            query.setString(2, last == null ? "" : last.scopeId);
            query.setInt(3, last == null ? 0 : last.version);
            query.setInt(4, limit);
            try (var rows = query.executeQuery()) {
                while (rows.next()) found.add(policy(rows));
            }
        }
        return found;
    }

    /** The versions of each policy that are in force at a time or may be later. */
    List<PolicyRow> policies(Instant from) throws SQLException {
        var kept = new ArrayList<PolicyRow>();
        try (var statement = writer.createStatement();
                var rows =
                        statement.executeQuery(
                                "select * from policy order by scope, scope_id, version desc")) {
            while (rows.next()) {
                var row = policy(rows);
                var newer = kept.isEmpty() ? null : kept.getLast();
                var isSuperseded =
                        newer != null && newer.isOfSamePolicyAs(row) && newer.hasBegun(from);
                if (!isSuperseded) kept.add(row);
            }
        }
        return kept;
    }

    /** The version that was written last; null if there is none. */
    PolicyRow newestPolicy() throws SQLException {
        try (var statement = writer.createStatement();
                var row =
                        statement.executeQuery(
                                """
                                select * from policy
                                order by version desc, scope desc, scope_id desc limit 1
                                """)) {
            return row.next() ? policy(row) : null;
        }
    }

    private static PolicyRow policy(ResultSet stored) throws SQLException {
        var row = new PolicyRow();
        row.scope = stored.getString("scope");
        row.scopeId = stored.getString("scope_id");
        row.version = stored.getInt("version");
        row.supersedes = stored.getInt("supersedes");
        row.settings = stored.getString("settings");
        row.validFrom = instant(stored.getString("valid_from"));
        row.removed = stored.getBoolean("removed");
        return row;
    }

    /** Begins a transaction. */
    Change change() throws SQLException {
        return new Change();
    }

    /** A change of the copy, which is done as a whole or, without {@link #commit}, not at all. */
    final class Change implements AutoCloseable {

        private boolean committed;

        private Change() throws SQLException {
            // A part of a change would be committed with this one.
            if (!writer.getAutoCommit()) throw new SQLException("A change was not taken back");
            writer.setAutoCommit(false);
        }

        /** Removes everything. Without a mark, no copy is complete. */
        void clear() throws SQLException {
            run(writer, "delete from mark");
            run(writer, "delete from title");
            run(writer, "delete from policy");
        }

        /** Takes over titles, unless there is the same version or a later one. */
        void putTitles(Collection<TitleVersion> titles) throws SQLException {
            try (var put = writer.prepareStatement(PUT_TITLE)) {
                for (var version : titles) {
                    var title = version.title();
                    put.setString(1, title.id().value());
                    put.setString(2, title.name());
                    put.setString(3, title.studio().value());
                    put.setString(4, text(title.availabilityStart()));
                    put.setString(5, text(title.availabilityEnd()));
                    put.setInt(6, version.version());
                    put.addBatch();
                }
                put.executeBatch();
            }
        }

        void putPolicies(List<PolicyRow> policies) throws SQLException {
            try (var put = writer.prepareStatement(PUT_POLICY)) {
                for (var row : policies) {
                    put.setString(1, row.scope);
                    put.setString(2, row.scopeId);
                    put.setInt(3, row.version);
                    put.setInt(4, row.supersedes);
                    put.setString(5, row.settings);
                    put.setString(6, text(row.validFrom));
                    put.setBoolean(7, row.removed);
                    put.addBatch();
                }
                put.executeBatch();
            }
        }

        int countTitles() throws SQLException {
            return Integer.parseInt(text(writer, "select count(*) from title"));
        }

        void mark(Mark mark) throws SQLException {
            try (var put =
                    writer.prepareStatement(
                            "insert or replace into mark values (1, ?, ?, ?, ?, ?)")) {
                put.setString(1, mark.cluster());
                put.setString(2, mark.version());
                put.setString(3, text(mark.seenUntil()));
                put.setString(4, text(mark.refreshedAt()));
                put.setInt(5, mark.titles());
                put.executeUpdate();
            }
        }

        void commit() throws SQLException {
            writer.commit();
            committed = true;
        }

        @Override
        public void close() throws SQLException {
            if (!committed) writer.rollback();
            writer.setAutoCommit(true);
        }
    }

    @Override
    public void close() throws SQLException {
        reading.lock();
        try (writer;
                reader) {
            title.close();
        } finally {
            reading.unlock();
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private static String text(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    private static String text(Instant instant) {
        return instant == null ? null : instant.toString();
    }

    private static Instant instant(String text) throws SQLException {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new SQLException("A time is not one", e);
        }
    }
}
