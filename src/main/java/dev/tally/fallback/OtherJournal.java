package dev.tally.fallback;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The journal of a node that was taken away for good. Somebody moved its file into the folder of
 * this node, under a name such as {@code journal-a.sqlite}.
 */
final class OtherJournal implements AutoCloseable {

    /** Most entries that are read at once. Other writes wait as long as these take. */
    static final int BATCH = 100;

    private static final String FILES = "journal-*.sqlite";
    private static final String TAKEN = ".taken";

    private final Path file;
    private final Connection connection;
    private String last = "";

    /**
     * Opens a file, which nobody else may have open meanwhile.
     *
     * @throws SQLException if another process has it open, or if it is damaged or no journal
     */
    OtherJournal(Path file) throws SQLException, IOException {
        this.file = file;
        this.connection = JournalFile.exclusive(file);
        try {
            JournalFile.check(connection);
        } catch (SQLException | IOException e) {
            connection.close();
            throw e;
        }
    }

    /** Journals of other nodes in a folder. */
    static List<Path> in(Path folder) throws IOException {
        var files = new ArrayList<Path>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, FILES)) {
            found.forEach(files::add);
        }
        files.sort(null);
        return files;
    }

    /** The next entries; none at the end. They count as read when this is called again. */
    List<Entry> next() throws SQLException {
        var entries = JournalFile.after(connection, last, BATCH);
        if (!entries.isEmpty()) last = entries.getLast().id();
        return entries;
    }

    /** Says that all entries are on the disk of this node, so that the file is not needed. */
    void taken() throws SQLException, IOException {
        close();
        var name = file.getFileName() + TAKEN;
        for (int number = 2; Files.exists(file.resolveSibling(name)); number++) {
            name = file.getFileName() + TAKEN + "-" + number;
        }
        JournalFile.move(file, name);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
