package dev.tally.catalog;

import dev.tally.availability.Outage;
import dev.tally.catalog.CatalogRows.Source;
import dev.tally.catalog.CopyFile.Change;
import dev.tally.catalog.CopyFile.Mark;
import dev.tally.ids.TitleId;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A copy of the whole catalogue on this node's disk, for decisions while the database cannot be
 * reached. It is complete or it is not there. A failure is logged once, until it is over.
 */
final class CatalogCopy implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(CatalogCopy.class.getName());

    /** Most rows that are read from the database at once. */
    static final int PAGE = 2_000;

    /**
     * Pause after the file could not be written twice in a row, so that the database is not read
     * over and over in vain.
     */
    static final Duration DISK_RETRY = Duration.ofMinutes(1);

    private final CatalogRows rows;
    private final LostCatalog lost;
    private final InstantSource clock;
    private final Path path;
    private final int maxPages;
    private final Duration longestAge;

    /** Held by whoever opens, changes or closes the file. */
    private final ReentrantLock refreshing = new ReentrantLock();

    private final AtomicBoolean saidOutage = new AtomicBoolean();
    private final AtomicBoolean saidFile = new AtomicBoolean();

    /** True if the file could be opened, and then a part of it could not be read. */
    private volatile boolean suspect;

    /** Null if it is not open. */
    private volatile CopyFile file;

    /** The complete copy in the file; null if there is none. */
    private volatile Content content;

    private Instant diskRetryAt = Instant.MIN;

    /** The server whose catalogue was compared last with what this node knew; null: none was. */
    private String compared;

    /**
     * The state of a complete copy.
     *
     * @param refreshedAt time at which it was the catalogue of the database, by the node's clock
     * @param titles number of titles in it
     * @param usable false if it is too old for decisions
     */
    record State(Instant refreshedAt, int titles, boolean usable) {}

    /** A complete copy. */
    private record Content(Mark mark, KnownCatalog catalog) {}

    /**
     * A copy that is not open yet.
     *
     * @param maxPages largest size of the file, in pages of 4 KB
     * @param longestAge how long after a refresh the copy may be used
     */
    CatalogCopy(
            CatalogRows rows,
            LostCatalog lost,
            InstantSource clock,
            Path path,
            int maxPages,
            Duration longestAge) {
        this.rows = rows;
        this.lost = lost;
        this.clock = clock;
        this.path = path;
        this.maxPages = maxPages;
        this.longestAge = longestAge;
    }

    @Override
    public void close() {
        refreshing.lock();
        try {
            closeFile();
        } finally {
            refreshing.unlock();
        }
    }

    /** The catalogue for decisions without the database; empty if it is incomplete or too old. */
    Optional<KnownCatalog> known() {
        return Optional.ofNullable(content).filter(this::isUsable).map(Content::catalog);
    }

    /** The state of the complete copy; empty if there is none. */
    Optional<State> state() {
        return Optional.ofNullable(content)
                .map(c -> new State(c.mark.refreshedAt(), c.mark.titles(), isUsable(c)));
    }

    /** False also if the clock was set so far back that it cannot tell the age. */
    private boolean isUsable(Content complete) {
        var age = Duration.between(complete.mark.refreshedAt(), clock.instant());
        return age.abs().compareTo(longestAge) <= 0;
    }

    private Optional<Title> title(TitleId id) {
        var used = file;
        try {
            if (used == null) throw new SQLException("The file is closed");
            return used.title(id);
        } catch (SQLException e) {
            // The next refresh looks whether the file is whole, and replaces it if it can.
            suspect = true;
            content = null;
            sayOnce(saidFile, "The copy of the catalogue cannot be read", e.getMessage());
            throw new UnreadableCopy(e);
        }
    }

    /** Opens the file of an earlier run. This needs no database. */
    void open() {
        refreshing.lock();
        try {
            openFile();
        } finally {
            refreshing.unlock();
        }
    }

    private void openFile() {
        if (file != null) return;
        try {
            file = CopyFile.open(path, maxPages);
            know(true);
            if (content != null && !saidFile.get()) {
                LOG.log(
                        Level.INFO,
                        "The copy of the catalogue has {0} titles, as of {1}",
                        new Object[] {content.mark.titles(), content.mark.refreshedAt()});
            }
        } catch (SQLException | IOException e) {
            sayOnce(saidFile, "The copy of the catalogue cannot be opened", e.getMessage());
            closeFile();
        }
    }

    private void closeFile() {
        var closed = file;
        content = null;
        file = null;
        try {
            if (closed != null) closed.close();
        } catch (SQLException e) {
            LOG.log(Level.FINE, "The copy of the catalogue was not closed", e);
        }
    }

    /** Makes the file anew, without what was in it. */
    private void replaceFile() throws SQLException, IOException {
        closeFile();
        CopyFile.delete(path);
        file = CopyFile.open(path, maxPages);
        suspect = false;
    }

    /** Reads what is complete in the file. */
    private void know(boolean policiesToo) throws SQLException {
        var mark = file.mark().orElse(null);
        if (mark == null) {
            content = null;
            return;
        }
        var before = content;
        var policies = policiesToo || before == null ? readPolicies() : before.catalog.policies();
        content = new Content(mark, new KnownCatalog(this::title, policies, mark.refreshedAt()));
    }

    private PolicySet readPolicies() throws SQLException {
        try {
            return CatalogRows.policySet(
                    file.policies(clock.instant().minus(Catalog.POLICIES_REACH_BACK)));
        } catch (JacksonException e) {
            throw new SQLException("The settings of a policy are not JSON", e);
        }
    }

    /**
     * Brings the copy up to date. If this fails, what was complete before is complete still, and
     * the next attempt goes on from there.
     */
    void refresh() {
        refreshing.lock();
        try {
            if (clock.instant().isBefore(diskRetryAt)) return;
            bringUpToDate();
            sayItIsOver();
        } catch (SQLException | IOException e) {
            diskFails(e);
        } catch (RuntimeException e) {
            databaseFails(e);
        } finally {
            refreshing.unlock();
        }
    }

    private void bringUpToDate() throws SQLException, IOException {
        if (content == null) closeFile();
        openFile();
        var at = clock.instant();
        var source = rows.source();
        if (suspect || file == null) replaceFile();
        var mark = file.mark().orElse(null);
        if (mark != null && !mark.cluster().equals(source.cluster())) forget(mark, source);
        if (mark != null && mark.isOf(source)) {
            takeOverChanges(mark, source, at);
        } else {
            sayWhatIsLost(source);
            load(source, at);
        }
    }

    /**
     * Looks for all that is in the file, before it is removed. If the load fails then, the next one
     * does not say it again.
     */
    private void sayWhatIsLost(Source source) throws SQLException {
        if (source.version().equals(compared)) return;
        lost.say(file);
        compared = source.version();
    }

    /**
     * Removes the mark at once: the copy of another cluster may be of something else altogether.
     */
    private void forget(Mark mark, Source source) throws SQLException {
        LOG.log(
                Level.WARNING,
                "The copy of the catalogue is of cluster {0}, and this is {1}: it is made anew",
                new Object[] {mark.cluster(), source.cluster()});
        content = null;
        try (var change = file.change()) {
            change.clear();
            change.commit();
        }
    }

    /** Takes over everything, in place of what was there. */
    private void load(Source source, Instant at) throws SQLException {
        try (var change = file.change()) {
            change.clear();
            copyPolicies(change);
            copyTitles(change);
            var titles = change.countTitles();
            change.mark(Mark.of(source, at, titles));
            change.commit();
            LOG.log(Level.INFO, "The catalogue is copied, with {0} titles", titles);
        }
        know(true);
    }

    private void takeOverChanges(Mark mark, Source source, Instant at) throws SQLException {
        boolean newPolicies;
        try (var change = file.change()) {
            newPolicies = copyPolicies(change);
            var newTitles = copyChangedTitles(change, mark.seenUntil().minus(Catalog.OVERLAP));
            change.mark(Mark.of(source, at, newTitles ? change.countTitles() : mark.titles()));
            change.commit();
        }
        know(newPolicies);
    }

    /** True if there were any. */
    private boolean copyPolicies(Change change) throws SQLException {
        var any = false;
        var page = rows.policiesAfter(file.newestPolicy(), PAGE);
        while (!page.isEmpty()) {
            any = true;
            change.putPolicies(page);
            page = rows.policiesAfter(page.getLast(), PAGE);
        }
        return any;
    }

    private void copyTitles(Change change) throws SQLException {
        var page = rows.titles("", PAGE);
        while (!page.isEmpty()) {
            change.putTitles(page);
            page = rows.titles(page.getLast().title().id().value(), PAGE);
        }
    }

    /** True if there were any. */
    private boolean copyChangedTitles(Change change, Instant since) throws SQLException {
        var ids = rows.titlesChanged(since, Catalog.MAX_CHANGES).titles();
        if (ids.size() == Catalog.MAX_CHANGES) {
            copyTitles(change);
            return true;
        }
        for (int i = 0; i < ids.size(); i += PAGE) {
            var page = ids.subList(i, Math.min(i + PAGE, ids.size()));
            change.putTitles(rows.titles(Set.copyOf(page)).values());
        }
        return !ids.isEmpty();
    }

    private void databaseFails(RuntimeException e) {
        var what = "The copy of the catalogue is not refreshed";
        if (Outage.behind(e).isPresent()) {
            sayOnce(saidOutage, what, Outage.reason(e));
        } else if (saidOutage.compareAndSet(false, true)) {
            LOG.log(Level.WARNING, what, e);
        }
    }

    /** The file is what failed: the database had answered before it was changed. */
    private void diskFails(Exception e) {
        var again = !sayOnce(saidFile, "The copy of the catalogue cannot be kept", e.getMessage());
        if (again) diskRetryAt = clock.instant().plus(DISK_RETRY);
        closeFile();
        if (CopyFile.isWholeAfter(e)) {
            openFile();
        } else {
            suspect = true;
        }
    }

    private void sayItIsOver() {
        var wasOutage = saidOutage.getAndSet(false);
        var wasFile = saidFile.getAndSet(false);
        if (wasOutage || wasFile) LOG.info("The copy of the catalogue is up to date again");
    }

    /** Logs one line, unless there was one since it went well. */
    private static boolean sayOnce(AtomicBoolean said, String what, String reason) {
        if (!said.compareAndSet(false, true)) return false;
        LOG.log(Level.WARNING, "{0}: {1}", new Object[] {what, reason});
        return true;
    }
}
