package dev.tally.fallback;

import org.sqlite.SQLiteDataSource;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The file of a journal, in SQLite's format. One thread writes and any thread reads, over a
 * connection of its own. A second, empty file is locked while this one is open, so that no other
 * node opens it, and an operator can still read it with {@code sqlite3}.
 */
final class JournalFile implements AutoCloseable {

    static final String NAME = "journal.sqlite";

    /** Codes of errors, as SQLite names them. */
    private static final int BUSY = 5;

    private static final int CORRUPT = 11;
    private static final int FULL = 13;
    private static final int NOT_A_DATABASE = 26;

    private static final Logger LOG = Logger.getLogger(JournalFile.class.getName());

    private static final String LOCK = "journal.lock";

    /** SQLite's log beside a file, which has the newest entries. */
    private static final String WAL = "-wal";

    /** SQLite's index of the log, which it makes anew where it is missing. */
    private static final String SHM = "-shm";

    /** Version of the tables below, in the file's header. */
    private static final int VERSION = 1;

    private static final String VERSION_IN_FILE = "pragma user_version";

    /** Longest wait for another process, such as an operator's tool, in milliseconds. */
    private static final int BUSY_MILLIS = 1_000;

    /** Longest wait of a reader for others. */
    private static final int READ_WAIT_MILLIS = 2_000;

    /** Most free pages that are given back at once: 4 MB, which takes some ten milliseconds. */
    private static final int VACUUM_PAGES = 1_000;

    /** Free pages can be given back. It must be said before anything is written. */
    private static final String SHRINKS = "pragma auto_vacuum = incremental";

    /**
     * Settings of a connection that writes. A commit is on the disk when it returns. Removed
     * contents are overwritten where that costs nothing. The log that was taken into the file is
     * kept up to 8 MB, as reserved space.
     */
    private static final List<String> SETTINGS =
            List.of(
                    "pragma journal_mode = wal",
                    "pragma synchronous = full",
                    "pragma secure_delete = fast",
                    "pragma journal_size_limit = 8388608");

    private static final List<String> TABLES =
            List.of(
                    """
                    create table entry (
                        id text primary key,
                        customer_id text not null,
                        at integer not null, -- microseconds since 1970
                        content blob not null
                    ) strict
                    """,
                    "create index entry_of_customer on entry (customer_id, at, id)",
                    "create index entry_by_age on entry (at, id)",
                    "create table probe (id integer primary key, filler blob not null) strict",
                    "pragma user_version = " + VERSION);

    private static final String ENTRIES = "select id, customer_id, at, content from entry ";

    private final Path file;
    private final Connection lock;
    private final Connection writer;
    private final Connection reader;
    private final ReentrantLock reading = new ReentrantLock();
    private boolean synced = true;

    private JournalFile(Path file, Connection lock, Connection writer) throws SQLException {
        this.file = file;
        this.lock = lock;
        this.writer = writer;
        this.reader = connect(file);
        execute(reader, "pragma query_only = on");
    }

    /**
     * Opens the journal of a folder, and makes what is missing. A file that is damaged is moved
     * aside, and a new one begun.
     *
     * @param now becomes part of the name of a file that is moved aside
     * @throws IOException if the folder cannot be used or another process has the journal
     */
    static JournalFile open(Path folder, Instant now) throws IOException, SQLException {
        Files.createDirectories(folder, permissions(folder.toAbsolutePath(), "rwx------"));
        var lock = lock(folder);
        try {
            return open(folder.resolve(NAME), lock, now);
        } catch (IOException | SQLException e) {
            closeAfter(e, lock);
            throw e;
        }
    }

    private static JournalFile open(Path file, Connection lock, Instant now)
            throws IOException, SQLException {
        var writer = writerAfterRepair(file, now);
        try {
            return new JournalFile(file, lock, writer);
        } catch (SQLException e) {
            closeAfter(e, writer);
            throw e;
        }
    }

    private static Connection writerAfterRepair(Path file, Instant now)
            throws IOException, SQLException {
        make(file);
        try {
            return writer(file);
        } catch (SQLException e) {
            if (!isDamage(e)) throw e;
            moveAside(file, now, e);
        }
        make(file);
        return writer(file);
    }

    private static Connection lock(Path folder) throws IOException, SQLException {
        var file = folder.resolve(LOCK);
        make(file);
        try {
            return exclusive(file);
        } catch (SQLException e) {
            if (e.getErrorCode() != BUSY) throw e;
            throw new IOException("Another process has the journal in " + folder + " open", e);
        }
    }

    /**
     * A connection that no other process has beside it.
     *
     * @throws SQLException if another process has the file open
     */
    static Connection exclusive(Path file) throws SQLException {
        var connection = connect(file);
        try {
            execute(connection, "pragma busy_timeout = 0");
            execute(connection, "pragma locking_mode = exclusive");
            execute(connection, "begin exclusive");
            return connection;
        } catch (SQLException e) {
            closeAfter(e, connection);
            throw e;
        }
    }

    private static Connection writer(Path file) throws SQLException, IOException {
        var connection = connect(file);
        try {
            // An old file is only read, so that it can be opened while the disk is full.
            var isNew = number(connection, VERSION_IN_FILE) == 0;
            if (isNew) execute(connection, SHRINKS);
            for (var setting : SETTINGS) execute(connection, setting);
            check(connection);
            if (isNew) makeTables(connection);
            return connection;
        } catch (IOException | SQLException e) {
            closeAfter(e, connection);
            throw e;
        }
    }

    private static void makeTables(Connection connection) throws SQLException {
        execute(connection, "begin immediate");
        for (var table : TABLES) execute(connection, table);
        execute(connection, "commit");
    }

    /**
     * Reads the whole file.
     *
     * @throws SQLException if it is damaged
     * @throws IOException if a newer release has written it
     */
    static void check(Connection connection) throws SQLException, IOException {
        if (number(connection, VERSION_IN_FILE) > VERSION) {
            throw new IOException("A newer release has written the journal");
        }
        try (var statement = connection.createStatement();
                var found = statement.executeQuery("pragma quick_check(1)")) {
            found.next();
            var problem = found.getString(1).replace('\n', ' ');
            if (!problem.equals("ok")) throw new SQLException(problem, null, CORRUPT);
        }
    }

    private static Connection connect(Path file) throws SQLException {
        var source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + file);
        source.getConfig().setBusyTimeout(BUSY_MILLIS);
        return source.getConnection();
    }

    /** Makes a file that only its owner can read, because it names customers. */
    private static void make(Path file) throws IOException {
        if (Files.exists(file)) return;
        Files.createFile(file, permissions(file, "rw-------"));
        // The name of the file has to survive a power cut as well as its content.
        try (var folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    private static FileAttribute<?>[] permissions(Path file, String permissions) {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        };
    }

    /** Moves a damaged file aside. Its log goes first: SQLite would delete it beside a new file. */
    private static void moveAside(Path file, Instant now, SQLException damage) throws IOException {
        var aside = NAME + ".broken-" + now.toString().replace(":", "");
        LOG.log(
                Level.SEVERE,
                "The journal is damaged ({0}). It is now {1}, and a new one is begun. To save what"
                        + " can be read, see operations.md",
                new Object[] {damage.getMessage(), file.resolveSibling(aside)});
        move(file, aside);
    }

    /** Gives a file of SQLite another name, in its folder. */
    static void move(Path file, String name) throws IOException {
        Files.deleteIfExists(file.resolveSibling(file.getFileName() + SHM));
        var log = file.resolveSibling(file.getFileName() + WAL);
        if (Files.exists(log)) Files.move(log, file.resolveSibling(name + WAL));
        Files.move(file, file.resolveSibling(name));
    }

    /** True if an error says that the file's content makes no sense. */
    static boolean isDamage(SQLException e) {
        return e.getErrorCode() == CORRUPT || e.getErrorCode() == NOT_A_DATABASE;
    }

    /**
     * True if an error passes by itself, and the file is good: there is no space, or an operator's
     * tool writes.
     */
    static boolean isPassing(SQLException e) {
        return e.getErrorCode() == FULL || e.getErrorCode() == BUSY;
    }

    /**
     * Writes and removes entries, all of them or none. What is written is on the disk when this
     * returns; what is removed is so with the next entry that is written.
     */
    Written write(List<Entry> added, List<String> removed) throws SQLException {
        sync(!added.isEmpty());
        execute(writer, "begin immediate");
        try {
            var written = new Written(insert(added), delete(removed), oldestAt());
            execute(writer, "commit");
            return written;
        } catch (SQLException e) {
            rollBackAfter(e);
            throw e;
        }
    }

    /**
     * What a transaction has changed.
     *
     * @param added ids of the entries that were not there before
     * @param removed how many are no longer there
     */
    record Written(Set<String> added, long removed, Optional<Instant> oldestAt) {

        /** How many entries there are more than before. */
        long more() {
            return added.size() - removed;
        }
    }

    private void sync(boolean wanted) throws SQLException {
        if (synced == wanted) return;
        execute(writer, "pragma synchronous = " + (wanted ? "full" : "normal"));
        synced = wanted;
    }

    private Set<String> insert(List<Entry> entries) throws SQLException {
        if (entries.isEmpty()) return Set.of();
        var inserted = new HashSet<String>();
        try (var statement =
                writer.prepareStatement(
                        "insert into entry (id, customer_id, at, content) values (?, ?, ?, ?)"
                                + " on conflict (id) do nothing")) {
            for (var entry : entries) {
                statement.setString(1, entry.id());
                statement.setString(2, entry.customerId());
                statement.setLong(3, ChronoUnit.MICROS.between(Instant.EPOCH, entry.at()));
                statement.setBytes(4, entry.content());
                if (statement.executeUpdate() == 1) inserted.add(entry.id());
            }
        }
        return inserted;
    }

    private long delete(List<String> ids) throws SQLException {
        if (ids.isEmpty()) return 0;
        long deleted = 0;
        try (var statement = writer.prepareStatement("delete from entry where id = ?")) {
            for (var id : ids) {
                statement.setString(1, id);
                deleted += statement.executeUpdate();
            }
        }
        return deleted;
    }

    private void rollBackAfter(SQLException e) {
        try {
            execute(writer, "rollback");
        } catch (SQLException ended) {
            // SQLite has rolled back already, as it does when the disk is full.
            e.addSuppressed(ended);
        }
    }

    /**
     * Writes as many bytes as the largest entry has, which proves that the disk takes them.
     *
     * @return true
     */
    boolean probe() throws SQLException {
        sync(true);
        execute(
                writer,
                "replace into probe values (1, randomblob(%d))".formatted(Journal.MAX_ENTRY_BYTES));
        return true;
    }

    long count() throws SQLException {
        return number(writer, "select count(*) from entry");
    }

    /** Time of the oldest entry, as the writer sees it. */
    Optional<Instant> oldestAt() throws SQLException {
        try (var statement = writer.createStatement();
                var row = statement.executeQuery("select min(at) from entry")) {
            row.next();
            var at = row.getLong(1);
            return row.wasNull() ? Optional.empty() : Optional.of(instant(at));
        }
    }

    /** Gives space back that removed entries took; false if there is nothing left to do. */
    boolean shrink() throws SQLException {
        if (number(writer, "pragma freelist_count") == 0) {
            execute(writer, "pragma wal_checkpoint(truncate)");
            return false;
        }
        execute(writer, "pragma incremental_vacuum(" + VACUUM_PAGES + ")");
        return true;
    }

    /** Bytes that the file and its log take. */
    long bytes() {
        return size(file) + size(file.resolveSibling(NAME + WAL));
    }

    private static long size(Path file) {
        return file.toFile().length();
    }

    List<Entry> of(String customerId, int limit) throws SQLException {
        return read(
                ENTRIES + "where customer_id = ? order by at, id limit ?",
                JournalFile::entry,
                customerId,
                limit);
    }

    List<Entry> after(String id, int limit) throws SQLException {
        return read(ENTRIES + "where id > ? order by id limit ?", JournalFile::entry, id, limit);
    }

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> List<T> read(String sql, Row<T> row, Object... parameters) throws SQLException {
        awaitReaders();
        try (var statement = reader.prepareStatement(sql)) {
            return read(statement, row, parameters);
        } finally {
            reading.unlock();
        }
    }

    private void awaitReaders() throws SQLException {
        try {
            if (reading.tryLock(READ_WAIT_MILLIS, TimeUnit.MILLISECONDS)) return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new SQLException("Others read the journal for too long", null, BUSY);
    }

    private static <T> List<T> read(PreparedStatement statement, Row<T> row, Object... parameters)
            throws SQLException {
        for (int i = 0; i < parameters.length; i++) statement.setObject(i + 1, parameters[i]);
        var all = new ArrayList<T>();
        try (var rows = statement.executeQuery()) {
            while (rows.next()) all.add(row.read(rows));
        }
        return all;
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                row.getString(1), row.getString(2), instant(row.getLong(3)), row.getBytes(4));
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    /** Entries of another journal, in the order of their ids. */
    static List<Entry> after(Connection other, String id, int limit) throws SQLException {
        try (var statement = other.prepareStatement(ENTRIES + "where id > ? order by id limit ?")) {
            return read(statement, JournalFile::entry, id, limit);
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            // The driver runs a statement of this kind to its end, and skips the rows of a pragma.
            var unused = statement.executeUpdate(sql);
        }
    }

    private static void closeAfter(Exception e, Connection connection) {
        try {
            connection.close();
        } catch (SQLException again) {
            e.addSuppressed(again);
        }
    }

    /** Takes the log into the file, and lets others open it. */
    @Override
    public void close() throws SQLException {
        reading.lock();
        try (lock;
                writer;
                reader) {
            // The last connection to the file takes its log in, and removes it.
        } finally {
            reading.unlock();
        }
    }
}
