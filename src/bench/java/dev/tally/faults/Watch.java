package dev.tally.faults;

import dev.tally.bench.Processes;
import dev.tally.local.Liberty;
import dev.tally.system.RawClient;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Asks a server for its liveness, as an orchestrator does, and looks at its memory. */
final class Watch implements AutoCloseable {

    private static final long EVERY_MILLIS = 200;

    /** Time after which an orchestrator takes a probe for failed, unless it is told otherwise. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final byte[] PROBE =
            "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.UTF_8);

    private final Liberty server;
    private final ProcessHandle jvm;
    private final Path file;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

    private int probes;
    private int failed;
    private int late;
    private int mostLate;
    private Duration slowest = Duration.ZERO;
    private Duration oldest = Duration.ZERO;
    private long firstBytes;
    private long mostBytes;

    Watch(Liberty server) {
        this.server = server;
        this.jvm = server.jvm();
        this.file = server.messages().getParent().resolveSibling("health/live");
        var unused = thread.scheduleAtFixedRate(this::look, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Forgets what it has seen so far. */
    synchronized void begin() {
        probes = 0;
        failed = 0;
        late = 0;
        mostLate = 0;
        slowest = Duration.ZERO;
        oldest = Duration.ZERO;
        firstBytes = 0;
        mostBytes = 0;
    }

    private synchronized void look() {
        try {
            probes++;
            if (!probe()) failed++;
            var written = Files.getLastModifiedTime(file).toInstant();
            oldest = longer(oldest, Duration.between(written, Instant.now()));
            var bytes = Processes.residentBytes(jvm);
            if (firstBytes == 0) firstBytes = bytes;
            mostBytes = Math.max(mostBytes, bytes);
        } catch (IOException e) {
            failed++;
        }
    }

    private boolean probe() throws IOException {
        var began = System.nanoTime();
        try (var client = new RawClient(server.url())) {
            return client.send(PROBE).status() == 200;
        } finally {
            var took = Duration.ofNanos(System.nanoTime() - began);
            slowest = longer(slowest, took);
            late = took.compareTo(PATIENCE) < 0 ? 0 : late + 1;
            mostLate = Math.max(mostLate, late);
        }
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    /** Longest time to an answer; a minute if a probe had none, or was not told that it lives. */
    synchronized Duration slowestProbe() {
        return failed == 0 && probes > 0 ? slowest : Duration.ofMinutes(1);
    }

    /**
     * Most probes in a row that an orchestrator would have taken for failed. It ends a node after
     * three.
     */
    synchronized int mostLateInARow() {
        return mostLate;
    }

    /** Greatest age of the file that a probe may look at instead. */
    synchronized Duration oldestFile() {
        return oldest;
    }

    /** Resident bytes that were added. */
    synchronized long moreBytes() {
        return mostBytes - firstBytes;
    }

    @Override
    public synchronized String toString() {
        return "%d probes, %d failed, %d late in a row, slowest %d ms; file at most %d ms old; %d MB, then up to %d MB"
                .formatted(
                        probes,
                        failed,
                        mostLate,
                        slowest.toMillis(),
                        oldest.toMillis(),
                        firstBytes / 1_000_000,
                        mostBytes / 1_000_000);
    }

    @Override
    public void close() {
        thread.close();
    }
}
