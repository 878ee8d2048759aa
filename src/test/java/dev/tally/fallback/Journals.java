package dev.tally.fallback;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Journals outside the container, in this process and in others. */
final class Journals {

    static final int NO_LIMIT = 1_000_000;
    static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");

    private Journals() {}

    /** A journal that is writable. */
    static Journal open(Path folder) {
        var journal = begin(folder, NO_LIMIT, Journal.MAX_WAIT);
        await().until(journal::isWritable);
        return journal;
    }

    /** A journal that is being opened. */
    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    static Journal begin(Path folder, long maxEntries, Duration maxWait) {
        var journal = new Journal();
        journal.clock = InstantSource.system();
        journal.metrics = new JournalMetrics();
        journal.folder = folder.toString();
        journal.maxEntries = maxEntries;
        journal.maxWait = maxWait;
        journal.begin();
        return journal;
    }

    static Entry entry(String id, String customer, Instant at) {
        return new Entry(id, customer, at, ("content of " + id).getBytes(StandardCharsets.UTF_8));
    }

    /** An entry whose content cannot be compressed. */
    static Entry large(String id, int bytes) {
        var content = new byte[bytes];
        new Random(id.hashCode()).nextBytes(content);
        return new Entry(id, "anna", NOON, content);
    }

    /** The ids of all entries, page by page. */
    static List<String> ids(Journal journal) {
        var ids = new ArrayList<String>();
        for (var page = journal.page("", Journal.MAX_PAGE);
                !page.isEmpty();
                page = journal.page(ids.getLast(), Journal.MAX_PAGE)) {
            page.stream().map(Entry::id).forEach(ids::add);
        }
        return ids;
    }

    /** Gives the file of a journal, and what is beside it, another place. */
    static void move(Path folder, Path to) throws IOException {
        for (var beside : List.of("-wal", "-shm", "")) {
            var file = folder.resolve(JournalFile.NAME + beside);
            if (Files.exists(file)) Files.move(file, to.resolveSibling(to.getFileName() + beside));
        }
    }

    /** Names of the files in a folder. */
    static List<String> names(Path folder) {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A process of its own that writes to the journal of a folder with many threads until it is
     * killed.
     */
    static final class Child implements AutoCloseable {

        private final Process process;
        private final CompletableFuture<Void> listener;
        private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();

        Child(Path folder, int threads) throws IOException {
            var java = Path.of(System.getProperty("java.home"), "bin", "java");
            process =
                    new ProcessBuilder(
                                    java.toString(),
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-XX:+UseSerialGC",
                                    "-XX:TieredStopAtLevel=1",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    JournalWriter.class.getName(),
                                    folder.toString(),
                                    Integer.toString(threads))
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            listener =
                    CompletableFuture.runAsync(
                            this::listen, task -> Thread.ofVirtual().start(task));
        }

        private void listen() {
            var input = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8);
            try (var lines = new BufferedReader(input)) {
                // A line that the kill has cut is no acknowledgement.
                Stream.generate(() -> line(lines))
                        .takeWhile(line -> line != null)
                        .filter(line -> line.endsWith("."))
                        .forEach(line -> acknowledged.add(line.substring(0, line.length() - 1)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String line(BufferedReader lines) {
            try {
                return lines.readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The ids of the entries of which the process has heard that they are written. */
        Set<String> acknowledged() {
            return acknowledged;
        }

        /** Ends the process with SIGKILL. */
        void kill() {
            // By its handle: the process itself would close the pipe, with lines in it.
            process.toHandle().destroyForcibly();
            process.onExit().join();
            listener.join();
        }

        @Override
        public void close() {
            kill();
        }
    }
}
