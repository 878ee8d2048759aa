package dev.tally.fallback;

import dev.tally.fallback.JournalFile.Written;
import dev.tally.runtime.Ticks;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * This node's journal of answers that were given without the database, until they are taken into
 * it. An entry is on the disk before {@link #append} returns. One thread writes: what waits for it
 * is committed together, so that many callers share one wait for the disk.
 *
 * <p>A journal that cannot be written, or that another process has open, refuses at once, and tries
 * again by itself. So it never keeps the application from starting.
 */
@ApplicationScoped
public class Journal {

    private static final Logger LOG = Logger.getLogger(Journal.class.getName());

    /** Most bytes of an entry's content. */
    public static final int MAX_ENTRY_BYTES = 64 * 1024;

    /** Longest wait of a caller for the disk. */
    static final Duration MAX_WAIT = Duration.ofSeconds(2);

    /** Most callers that wait for the disk. There are fewer threads that serve requests. */
    static final int MAX_WAITING = 1_024;

    /** Most entries that one transaction writes or removes. */
    static final int MAX_BATCH = 256;

    /** Most entries that a caller gets at once. */
    public static final int MAX_PAGE = 1_000;

    /** How long the writer waits for work before it tidies up or tries again. */
    static final Duration REST = Duration.ofSeconds(1);

    /** A disk that nobody writes to is tried this often. */
    static final Duration PROBE_INTERVAL = Duration.ofSeconds(10);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

    private enum State {
        OPENING,
        WRITABLE,
        BROKEN,
        STOPPED
    }

    @Inject InstantSource clock;
    @Inject JournalMetrics metrics;

    @Inject
    @ConfigProperty(name = "tally.fallback.folder")
    String folder;

    @Inject
    @ConfigProperty(name = "tally.fallback.max-entries", defaultValue = "1000000")
    long maxEntries;

    /** Longest wait of a caller for the disk. */
    Duration maxWait = MAX_WAIT;

    private final BlockingQueue<Work> queue = new ArrayBlockingQueue<>(MAX_WAITING);
    private final AtomicLong size = new AtomicLong();
    private final Thread writer =
            Thread.ofPlatform().daemon().name("tally-journal").unstarted(this::run);

    private volatile State state = State.OPENING;
    private volatile boolean stopping;
    private volatile JournalFile file;
    private volatile Instant oldestAt;

    /** When the writer turned to the disk, in ticks; null while it does not. */
    private volatile Long atDiskSince;

    // The fields from here on belong to the writer.

    /** Entries on the disk whose callers were told that they are not. */
    private final List<String> withdrawn = new ArrayList<>();

    private final Deque<Path> others = new ArrayDeque<>();
    private final Set<Path> leftAlone = new HashSet<>();
    private OtherJournal other;
    private boolean isTidy;
    private long lastVisit;
    private String said;

    void openAtStart(@Observes Startup started) {
        // The call alone opens the journal: its entries are known before the first command.
    }

    @PostConstruct
    void begin() {
        metrics.show(this);
        writer.start();
    }

    /** What waits is written, if the disk takes it; later entries are refused. */
    @PreDestroy
    void stop() {
        stopping = true;
        writer.interrupt();
        try {
            writer.join(STOP_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Writes an entry. It is on the disk when this returns. An entry whose id is there already
     * stays as it was.
     *
     * @throws JournalUnavailable if it is not written
     */
    public void append(Entry entry) {
        try {
            if (entry.content().length > MAX_ENTRY_BYTES) {
                throw new JournalUnavailable("The entry has more than " + MAX_ENTRY_BYTES + " B");
            }
            handOver(Work.append(entry));
        } catch (JournalUnavailable e) {
            metrics.refused();
            throw e;
        }
    }

    /**
     * Does what {@link #append} takes, for an entry that is removed in the same transaction: nobody
     * ever sees it.
     *
     * @throws JournalUnavailable if it could not be written
     */
    public void rehearse(Entry entry) {
        handOver(Work.rehearse(entry));
    }

    /**
     * Removes an entry that the database has taken; nothing happens if there is none. After a power
     * cut it may be there again, so taking an entry twice has to be harmless.
     *
     * @throws JournalUnavailable if it cannot be removed yet
     */
    public void remove(String id) {
        handOver(Work.remove(id));
    }

    private void handOver(Work work) {
        if (!isAccepting()) throw new JournalUnavailable("The journal cannot be written");
        if (!queue.offer(work)) throw new JournalUnavailable("Too many entries wait for the disk");
        work.await(maxWait);
    }

    private boolean isAccepting() {
        return !stopping && (state == State.WRITABLE || state == State.OPENING);
    }

    /** True if no entry is known to wait. It takes no time. */
    public boolean isEmpty() {
        return size.get() == 0;
    }

    /** Number of entries that wait. */
    public long size() {
        return size.get();
    }

    /** Time of the entry that waits longest. */
    public Optional<Instant> oldestAt() {
        return Optional.ofNullable(oldestAt);
    }

    /** Bytes on the disk; 0 while the journal is not open. */
    public long bytes() {
        var open = file;
        return open == null ? 0 : open.bytes();
    }

    /**
     * True if the last write succeeded and did not take too long. A disk that nobody writes to is
     * tried every {@link #PROBE_INTERVAL}, one that failed every {@link #REST}.
     */
    public boolean isWritable() {
        var since = atDiskSince;
        return state == State.WRITABLE
                && (since == null || Ticks.nanos() - since < maxWait.toNanos());
    }

    /**
     * A customer's entries, the oldest first, {@link #MAX_PAGE} at most.
     *
     * @throws JournalUnavailable if they cannot be read
     */
    public List<Entry> of(String customerId) {
        return read(open -> open.of(customerId, MAX_PAGE));
    }

    /**
     * Entries in the order of their ids.
     *
     * @param afterId the last id of the page before; empty for the first page
     * @throws JournalUnavailable if they cannot be read
     */
    public List<Entry> page(String afterId, int limit) {
        return read(open -> open.after(afterId, Math.min(limit, MAX_PAGE)));
    }

    private interface Read<T> {
        List<T> from(JournalFile file) throws SQLException;
    }

    private <T> List<T> read(Read<T> read) {
        var open = file;
        if (open == null) throw new JournalUnavailable("The journal is not open");
        try {
            return read.from(open);
        } catch (SQLException e) {
            throw new JournalUnavailable("The journal cannot be read", e);
        }
    }

    /** The writer's life. Nothing that happens to the disk ends it. */
    private void run() {
        while (!stopping) {
            try {
                if (file == null) open();
                turn(nextWork(isTakingIn() ? Duration.ZERO : REST));
            } catch (RuntimeException | LinkageError e) {
                LOG.log(Level.SEVERE, "The journal's writer failed, and goes on", e);
                state = State.BROKEN;
                letGo();
                refuse(nextWork(REST), new JournalUnavailable("The journal is not open"));
            }
        }
        finish();
    }

    private void finish() {
        for (var batch = nextWork(Duration.ZERO);
                !batch.isEmpty();
                batch = nextWork(Duration.ZERO)) {
            turn(batch);
        }
        state = State.STOPPED;
        refuse(nextWork(Duration.ZERO), new JournalUnavailable("The node stops"));
        letGo();
    }

    private List<Work> nextWork(Duration longest) {
        var batch = new ArrayList<Work>();
        try {
            var first = queue.poll(longest.toMillis(), TimeUnit.MILLISECONDS);
            if (first != null) batch.add(first);
        } catch (InterruptedException e) {
            // The node stops, and what waits is still to be written.
        }
        queue.drainTo(batch, MAX_BATCH - batch.size());
        return batch;
    }

    private void turn(List<Work> batch) {
        if (file == null) {
            refuse(batch, new JournalUnavailable("The journal is not open"));
            return;
        }
        if (!batch.isEmpty()) write(batch);
        if (isTakingIn()) {
            takeInMore();
        } else if (batch.isEmpty()) {
            rest();
        }
    }

    private boolean isTakingIn() {
        return state == State.WRITABLE && !others.isEmpty();
    }

    private void open() {
        try {
            file = JournalFile.open(Path.of(folder), clock.instant());
            size.set(file.count());
            oldestAt = file.oldestAt().orElse(null);
            others.addAll(OtherJournal.in(Path.of(folder)));
            others.removeAll(leftAlone);
        } catch (IOException | SQLException e) {
            failed(e);
            letGo();
            return;
        }
        var unused = atDisk(JournalFile::probe);
    }

    private void write(List<Work> batch) {
        var added = new ArrayList<Work>();
        var removed = new ArrayList<Work>();
        for (var work : batch) {
            if (!work.isRemoval() && size.get() + added.size() >= maxEntries) {
                work.fail(new JournalUnavailable("The journal has %s entries".formatted(size)));
            } else if (work.take()) {
                (work.isRemoval() ? removed : added).add(work);
            }
        }
        var entries = added.stream().map(Work::added).toList();
        var rehearsed = added.stream().filter(Work::isRehearsal);
        var ids = Stream.concat(removed.stream(), rehearsed).map(Work::id).toList();
        var written = store(entries, ids);
        if (written.isEmpty()) {
            refuse(batch, new JournalUnavailable("The disk does not take the entry"));
            return;
        }
        removed.forEach(Work::succeed);
        added.stream()
                .filter(work -> !work.succeed())
                .map(Work::id)
                .filter(written.get().added()::contains)
                .forEach(withdrawn::add);
        withdraw();
    }

    private static void refuse(List<Work> batch, JournalUnavailable reason) {
        batch.forEach(work -> work.fail(reason));
    }

    /** Removes entries whose callers had no more patience. */
    private void withdraw() {
        if (!withdrawn.isEmpty() && store(List.of(), withdrawn).isPresent()) withdrawn.clear();
    }

    private Optional<Written> store(List<Entry> added, List<String> removed) {
        var written = atDisk(open -> open.write(added, removed));
        written.ifPresent(
                change -> {
                    size.addAndGet(change.more());
                    oldestAt = change.oldestAt().orElse(null);
                    isTidy = false;
                });
        return written;
    }

    /** Nobody wants anything: the time to try the disk and to give space back. */
    private void rest() {
        var isDue = Ticks.nanos() - lastVisit > PROBE_INTERVAL.toNanos();
        if ((state == State.BROKEN || isDue) && atDisk(JournalFile::probe).isEmpty()) return;
        withdraw();
        if (!isTidy) isTidy = !atDisk(JournalFile::shrink).orElse(true);
    }

    private interface DiskWork<T> {
        T on(JournalFile file) throws SQLException;
    }

    /** Does something at the disk; empty if the disk does not take it. */
    private <T> Optional<T> atDisk(DiskWork<T> work) {
        if (file == null) return Optional.empty();
        atDiskSince = Ticks.nanos();
        try {
            var result = work.on(file);
            lastVisit = Ticks.nanos();
            succeeded();
            return Optional.of(result);
        } catch (SQLException e) {
            failed(e);
            return Optional.empty();
        } finally {
            atDiskSince = null;
        }
    }

    private void succeeded() {
        if (said != null) LOG.info("The journal can be written again");
        said = null;
        state = State.WRITABLE;
    }

    private void failed(Exception e) {
        state = State.BROKEN;
        var message = "The journal cannot be written: " + e.getMessage();
        if (!message.equals(said)) LOG.severe(message);
        said = message;
        if (!(e instanceof SQLException sql && JournalFile.isPassing(sql))) letGo();
    }

    /** Closes the file, which is opened and checked anew. What is known to be in it stays known. */
    private void letGo() {
        var open = file;
        file = null;
        others.clear();
        try {
            closeOther();
            if (open != null) open.close();
        } catch (SQLException e) {
            LOG.log(Level.WARNING, "The journal was not closed well: {0}", e.getMessage());
        }
    }

    private void closeOther() throws SQLException {
        var open = other;
        other = null;
        if (open != null) open.close();
    }

    /** Takes some entries of another node's journal in, or opens the next such journal. */
    private void takeInMore() {
        var path = others.element();
        try {
            if (other == null) other = new OtherJournal(path);
            var entries = other.next();
            if (!entries.isEmpty()) {
                // If they are not stored, all are read again: those that are there stay as they
                // are.
                if (store(entries, List.of()).isEmpty()) closeOther();
                return;
            }
            other.taken();
            LOG.log(Level.INFO, "The journal {0} was taken in", path);
            others.remove();
            other = null;
        } catch (SQLException | IOException e) {
            leaveAlone(path, e);
        }
    }

    private void leaveAlone(Path path, Exception e) {
        LOG.log(
                Level.WARNING,
                "The journal {0} is left alone until the next start: {1}",
                new Object[] {path, e.getMessage()});
        leftAlone.add(path);
        others.remove(path);
        try {
            closeOther();
        } catch (SQLException again) {
            e.addSuppressed(again);
        }
    }
}
