package dev.tally.local;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The right of one launcher to use a home folder. It is a lock on a file, which the operating
 * system releases when the launcher ends, however it ends.
 *
 * <p>Maven does not wait for the launcher when it is stopped, so the next launcher may start while
 * the last one is still stopping. It waits for that one, but refuses to start beside one that runs.
 * What a killed launcher has left behind is stopped: its server and its database.
 *
 * <p>Three files in the folder tell which processes use it. {@code launcher.pid} names the launcher
 * and its parent while Tally runs, and is deleted when it begins to stop. {@code server.pid} names
 * the start script of the server, and {@code postgres/postmaster.pid} is PostgreSQL's own.
 */
final class Claim implements AutoCloseable {

    /** The longest time to wait for a launcher that is stopping, and for what was left behind. */
    static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private static final Duration POLL = Duration.ofMillis(200);

    /** Times of starts are rounded. */
    private static final Duration START_TOLERANCE = Duration.ofSeconds(2);

    private final Path home;
    private final FileLock lock;

    private Claim(Path home, FileLock lock) {
        this.home = home;
        this.lock = lock;
    }

    /**
     * Claims the folder, which is created if it is missing.
     *
     * @throws Trouble if another launcher runs in this folder, or does not end in time
     */
    static Claim on(Path home) throws IOException, InterruptedException {
        Files.createDirectories(home);
        var file =
                FileChannel.open(
                        home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var claim = new Claim(home, awaitLock(home, file));
        claim.endWhatWasLeft();
        var parent = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L);
        Files.writeString(
                claim.launcherFile(), ProcessHandle.current().pid() + " " + parent + "\n");
        return claim;
    }

    private static FileLock awaitLock(Path home, FileChannel file)
            throws IOException, InterruptedException {
        var deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        for (boolean told = false; ; told = true) {
            var lock = file.tryLock();
            if (lock != null) return lock;
            var running = running(home.resolve("launcher.pid"));
            if (running.isPresent()) {
                throw new Trouble(
                        "Tally runs in the folder %s already: stop it first (process %d)."
                                .formatted(home, running.get()));
            }
            if (System.nanoTime() > deadline) {
                throw new Trouble(
                        "Another Tally uses the folder %s and has not stopped within %d s."
                                .formatted(home, STOP_LIMIT.toSeconds()));
            }
            if (!told) {
                System.out.printf(
                        "Waiting up to %d s for the Tally that is stopping in %s.%n",
                        STOP_LIMIT.toSeconds(), home);
            }
            Thread.sleep(POLL);
        }
    }

    /** The process of a launcher that is not stopping. One whose parent has ended is about to. */
    private static Optional<Long> running(Path launcherFile) throws IOException {
        var processes = numbers(launcherFile);
        return processes.size() == 2 && processes.stream().allMatch(Claim::isAlive)
                ? Optional.of(processes.getFirst())
                : Optional.empty();
    }

    private static boolean isAlive(long process) {
        return ProcessHandle.of(process).isPresent();
    }

    /** Notes the start script of the server, so that the next launcher can find it. */
    void owns(ProcessHandle server) throws IOException {
        Files.writeString(
                serverFile(), server.pid() + " " + System.currentTimeMillis() / 1_000 + "\n");
    }

    /** Tells a launcher that waits for the folder that this one does not run for much longer. */
    void isStopping() throws IOException {
        Files.deleteIfExists(launcherFile());
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(serverFile());
        lock.acquiredBy().close();
    }

    private void endWhatWasLeft() throws IOException, InterruptedException {
        var server = leftServer();
        if (server.isPresent()) {
            tell(server.get());
            // The start script would end without its child. So the last of the chain is ended.
            var chain = server.get().descendants().toList();
            (chain.isEmpty() ? server.get() : chain.getLast()).destroy();
            await(server.get());
        }
        Files.deleteIfExists(serverFile());
        var postmaster = leftPostmaster();
        if (postmaster.isPresent()) {
            tell(postmaster.get());
            // SIGINT does not wait for clients, as SIGTERM would.
            Signals.send(postmaster.get(), "INT");
            await(postmaster.get());
        }
    }

    /** A process that began after its number was noted is another one with the same number. */
    private Optional<ProcessHandle> leftServer() throws IOException {
        var noted = numbers(serverFile());
        if (noted.size() != 2) return Optional.empty();
        var latestStart = Instant.ofEpochSecond(noted.getLast()).plus(START_TOLERANCE);
        return ProcessHandle.of(noted.getFirst())
                .filter(
                        process ->
                                process.info()
                                        .startInstant()
                                        .filter(latestStart::isAfter)
                                        .isPresent());
    }

    /**
     * The database that a killed launcher has left. A number that belongs to another program by now
     * would keep PostgreSQL from starting, so its file is deleted.
     */
    private Optional<ProcessHandle> leftPostmaster() throws IOException {
        var file = home.resolve("postgres/postmaster.pid");
        var noted = numbers(file);
        if (noted.isEmpty()) return Optional.empty();
        var process = ProcessHandle.of(noted.getFirst());
        if (process.isEmpty() || process.get().info().command().isEmpty()) return Optional.empty();
        var program = Path.of(process.get().info().command().get()).getFileName().toString();
        if (program.startsWith("postgres")) return process;
        Files.delete(file);
        return Optional.empty();
    }

    private void tell(ProcessHandle left) {
        System.out.printf(
                "Stopping process %d, which a killed Tally has left in %s.%n", left.pid(), home);
    }

    private void await(ProcessHandle process) throws InterruptedException {
        try {
            process.onExit().get(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new Trouble(
                    "Process %d of a killed Tally in %s does not end: end it and start again."
                            .formatted(process.pid(), home),
                    e);
        }
    }

    private Path launcherFile() {
        return home.resolve("launcher.pid");
    }

    private Path serverFile() {
        return home.resolve("server.pid");
    }

    /** The numbers in the first line of a file; none if there is no such file or line. */
    private static List<Long> numbers(Path file) throws IOException {
        try {
            var line = Files.readString(file).lines().findFirst().orElse("");
            return Arrays.stream(line.split(" "))
                    .filter(word -> word.matches("\\d{1,18}"))
                    .map(Long::valueOf)
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
