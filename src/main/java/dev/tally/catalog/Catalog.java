package dev.tally.catalog;

import com.github.benmanes.caffeine.cache.CacheLoader;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;

import dev.tally.availability.Outage;
import dev.tally.availability.StoreReplaced;
import dev.tally.availability.StoreUnavailable;
import dev.tally.deadline.Deadline;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Gives decisions their titles and policies, from memory. A write of this node is seen at once,
 * another node's within {@link #LIVE}. A policy that begins later than it was written is read ahead
 * of its time, so it begins on all nodes at once.
 */
@ApplicationScoped
public class Catalog {

    /**
     * Longest time since policies were read, and since the database was asked which titles have
     * changed, that a decision may use what is in memory.
     */
    static final Duration LIVE = Duration.ofSeconds(10);

    /**
     * Changes of titles are asked for from so long before the last time they were: a transaction
     * may have been slower to commit. No transaction of the application lasts as long.
     */
    static final Duration OVERLAP = Duration.ofSeconds(10);

    /** Most changes of titles that are taken over one by one; after more, all are read anew. */
    static final int MAX_CHANGES = 10_000;

    /**
     * Memory also holds the policies that were in force this long ago, for commands that began
     * before they were read.
     */
    static final Duration POLICIES_REACH_BACK = Duration.ofHours(1);

    /** Most titles kept in memory. */
    static final int MAX_TITLES = 100_000;

    @Inject CatalogRows rows;
    @Inject CatalogCopyJob copyJob;
    @Inject InstantSource clock;
    @Resource ManagedExecutorService executor;

    private TitleMemory titles;
    private LoadingCache<Boolean, PolicySet> policies;

    /** Time of the database up to which changes of titles are taken over. */
    private LoadingCache<Boolean, Instant> titlesSeen;

    private volatile Instant seenUntil;
    private final ReentrantLock reading = new ReentrantLock();

    @PostConstruct
    void prepare() {
        titles = new TitleMemory(MAX_TITLES, executor, rows::titles);
        policies = living().build(new LivingLoader<>(this::knownPolicies));
        titlesSeen = living().build(new LivingLoader<>(this::takeOverChanges));
    }

    /**
     * A cache that reads entries in use again in the background, after half their life, so that no
     * decision waits.
     */
    private Caffeine<Object, Object> living() {
        return Caffeine.newBuilder()
                .executor(executor)
                .refreshAfterWrite(LIVE.dividedBy(2))
                .expireAfterWrite(LIVE);
    }

    /**
     * Reads what is in memory for a limited time. While the store is away, each use begins a read
     * in the background, which fails. The cache would log the stack trace of each, unless the read
     * counts as cancelled.
     */
    private record LivingLoader<T>(Supplier<T> read) implements CacheLoader<Boolean, T> {

        @Override
        public T load(Boolean all) {
            return soon(read);
        }

        @Override
        public CompletableFuture<T> asyncReload(Boolean all, T before, Executor executor) {
            var again = new CompletableFuture<T>();
            executor.execute(() -> reload(again));
            return again;
        }

        private void reload(CompletableFuture<T> again) {
            try {
                again.complete(soon(read));
            } catch (StoreUnavailable e) {
                again.cancel(false);
            } catch (RuntimeException | Error e) {
                again.completeExceptionally(e);
            }
        }
    }

    /**
     * Reads what several decisions may wait for. A caller with time to spare must not keep them
     * waiting.
     */
    private static <T> T soon(Supplier<T> read) {
        return Deadline.run(Deadline.shorten(TitleMemory.READ), read);
    }

    /**
     * The current value of a cache. If it has to be read, one caller reads it, and the others wait
     * no longer than they may.
     */
    private <T> T current(LoadingCache<Boolean, T> cache) {
        var there = cache.getIfPresent(true);
        if (there != null) return there;
        try {
            if (!reading.tryLock(
                    Deadline.shorten(TitleMemory.WAIT).toNanos(), TimeUnit.NANOSECONDS)) {
                throw StoreUnavailable.of(Outage.NOT_IN_TIME, null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreUnavailable.of(Outage.NOT_IN_TIME, e);
        }
        try {
            return cache.get(true);
        } finally {
            reading.unlock();
        }
    }

    /** Forgets the titles that have changed since this was done last. */
    Instant takeOverChanges() {
        var since = seenUntil == null ? null : seenUntil.minus(OVERLAP);
        var changes = rows.titlesChanged(since, MAX_CHANGES);
        if (since == null || changes.titles().size() == MAX_CHANGES) titles.forgetAll();
        else titles.forget(changes.titles());
        seenUntil = changes.until();
        return seenUntil;
    }

    /**
     * Forgets what may not be stored any more, and lets the copy be compared and made anew. The
     * other server's clock may be behind, so its changes are asked for from its own time on.
     */
    void forget(@Observes StoreReplaced replaced) {
        seenUntil = null;
        titlesSeen.invalidateAll();
        titles.forgetAll();
        policies.invalidateAll();
        copyJob.refreshSoon();
    }

    private TitleMemory freshTitles() {
        var unused = current(titlesSeen);
        return titles;
    }

    public Optional<Title> title(TitleId id) {
        return titleVersion(id).map(TitleVersion::title);
    }

    public Optional<TitleVersion> titleVersion(TitleId id) {
        return freshTitles().get(id);
    }

    /** Several titles, by their ids; those that there are not are left out. */
    public Map<TitleId, Title> titles(Set<TitleId> ids) {
        return freshTitles().getAll(ids).stream()
                .map(TitleVersion::title)
                .collect(Collectors.toMap(Title::id, Function.identity()));
    }

    /** The ends of some titles' availability; a title without an end is left out. */
    public Map<TitleId, Instant> availabilityEnds(Set<TitleId> ids) {
        var ends = new HashMap<TitleId, Instant>();
        for (var version : freshTitles().getAll(ids)) {
            var title = version.title();
            if (title.availabilityEnd() != null) ends.put(title.id(), title.availabilityEnd());
        }
        return ends;
    }

    /**
     * The whole catalogue as this node knows it without the database, for decisions during an
     * outage; empty if the node has no complete copy, or only one that is too old.
     */
    public Optional<KnownCatalog> known() {
        return copyJob.copy().known();
    }

    /** A title as it was at a time, from the database; empty if there was none yet. */
    public Optional<Title> titleAsOf(TitleId id, Instant at) {
        return rows.title(id, at);
    }

    /** Several titles as they were at a time, in one query of the database. */
    public Map<TitleId, Title> titlesAsOf(Set<TitleId> ids, Instant at) {
        return rows.titles(ids, at);
    }

    /** The ends that titles' availability had at a time, from the database. */
    public Map<TitleId, Instant> availabilityEndsAsOf(Set<TitleId> ids, Instant at) {
        return rows.availabilityEnds(ids, at);
    }

    /** True if a title names the studio, as the database has it now. */
    public boolean hasStudio(StudioId id) {
        return rows.hasStudio(id);
    }

    private PolicySet knownPolicies() {
        return rows.policies(Integer.MAX_VALUE, clock.instant().minus(POLICIES_REACH_BACK));
    }

    /** The policies for decisions made now or up to {@link #POLICIES_REACH_BACK} ago. */
    public PolicySet policies() {
        return current(policies);
    }

    /**
     * The policies for a decision made at a time: those of {@link #policies()}, or from the
     * database if memory does not reach back so far.
     */
    public PolicySet policiesSince(Instant at) {
        var reach = clock.instant().minus(POLICIES_REACH_BACK);
        return at.isAfter(reach) ? policies() : policiesAsOf(at);
    }

    /**
     * The policies for a decision of the past, from the database. An event has both arguments: the
     * version that it was decided under, and its time.
     *
     * @param version newest version that was known then
     * @param at time by which a policy must have begun to be in force
     */
    public PolicySet policiesAsOf(int version, Instant at) {
        return rows.policies(version, at);
    }

    /**
     * The policies that were in force at a time, by what was known then, from the database. A
     * version begins when it is written or later, so one that had begun was known.
     */
    public PolicySet policiesAsOf(Instant at) {
        return rows.policies(Integer.MAX_VALUE, at);
    }

    /** Titles in the order of their ids, after a given id, from the database. */
    public List<Title> titles(String after, int limit) {
        return rows.titles(after, limit).stream().map(TitleVersion::title).toList();
    }

    /** Inserts or updates titles, all or none; of two titles with one id the later counts. */
    public void put(Collection<Title> changed) {
        var stored = rows.put(changed);
        titles.forget(changed.stream().map(Title::id).toList());
        copyJob.stored(stored);
    }

    /**
     * Stores one title.
     *
     * @param condition what must be true of the version that is there; 0: none is
     * @return empty if it is not true
     */
    public Optional<PutTitle> put(Title title, IntPredicate condition) {
        var put = rows.put(title, condition);
        titles.forget(List.of(title.id()));
        copyJob.stored(put.map(PutTitle::title).stream().toList());
        return put;
    }

    /** The newest version of any policy; 0 if there are none. */
    public int newestPolicyVersion() {
        return rows.newestVersion();
    }

    /**
     * The newest version of one policy, as the database has it now, perhaps one that says that the
     * policy is removed.
     */
    public Optional<PolicyDocument> newestPolicy(Scope scope, String id) {
        return rows.newest(scope, id);
    }

    /**
     * Stores the next version of a policy.
     *
     * @param supersedes version that the new one follows; 0 if it is the first
     * @param validFrom time from which it is in force. A version that was to begin later is
     *     superseded like any other: it never does.
     * @return empty if that version is not the newest: somebody else was first
     */
    public Optional<PolicyDocument> put(
            Scope scope,
            String id,
            int supersedes,
            Map<PolicyKey, Object> settings,
            Instant validFrom) {
        return store(scope, id, supersedes, PolicySettings.of(settings), validFrom);
    }

    /**
     * Removes a policy: stores a version of it that says so.
     *
     * @param supersedes version that is the newest
     * @return empty if it is not: somebody else was first
     */
    public Optional<PolicyDocument> remove(Scope scope, String id, int supersedes, Instant at) {
        return store(scope, id, supersedes, null, at);
    }

    private Optional<PolicyDocument> store(
            Scope scope, String id, int supersedes, PolicySettings settings, Instant validFrom) {
        var stored = rows.put(scope, id, supersedes, settings, validFrom);
        policies.invalidateAll();
        stored.map(document -> PolicyRow.of(document, supersedes)).ifPresent(copyJob::stored);
        return stored;
    }
}
