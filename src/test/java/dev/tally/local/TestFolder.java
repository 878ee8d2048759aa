package dev.tally.local;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.regex.Pattern;

/**
 * The home of a database or an installation that a test uses. Databases are removed when it is
 * closed, and everything else too if the test has passed; otherwise the logs remain.
 *
 * <p>A JVM that is killed removes nothing. So the names of folders begin with the number of their
 * process, and the next one removes what ended processes have left.
 */
public final class TestFolder implements AutoCloseable {

    private static final Pattern NAME = Pattern.compile("(\\d{1,9})-.+");
    private static volatile boolean anyFailed;

    private final Path path;
    private boolean passed;

    private TestFolder(Path path) {
        this.path = path;
    }

    /** A new folder in {@code parent}, which is created if it is missing. */
    public static TestFolder in(Path parent) throws IOException {
        Files.createDirectories(parent);
        try (var folders = Files.list(parent)) {
            for (var folder : folders.filter(TestFolder::isAbandoned).toList()) {
                deleteData(folder);
            }
        }
        var prefix = ProcessHandle.current().pid() + "-";
        return new TestFolder(Files.createTempDirectory(parent, prefix));
    }

    public Path path() {
        return path;
    }

    /** Tells that the logs are not needed. */
    public void passed() {
        passed = true;
    }

    /** Closes the folder of a database that many tests of this JVM have used. */
    void closeAfterAll() {
        if (!anyFailed) passed();
        close();
    }

    @Override
    public void close() {
        try {
            deleteData(path);
            if (passed) delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** True if a test of this JVM has failed so far. */
    public static boolean anyFailed() {
        return anyFailed;
    }

    private static boolean isAbandoned(Path folder) {
        var name = NAME.matcher(folder.getFileName().toString());
        return name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty();
    }

    /** Logs are the files at the top of the folder; data are in folders. */
    private static void deleteData(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            for (var entry : entries.filter(Files::isDirectory).toList()) {
                delete(entry);
            }
        }
    }

    /** Deletes a folder, if it exists, and what is in it. */
    public static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) return;
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Notices failures. JUnit finds this class by its service file. */
    public static final class Failures implements TestExecutionListener {

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == Status.FAILED) anyFailed = true;
        }
    }
}
