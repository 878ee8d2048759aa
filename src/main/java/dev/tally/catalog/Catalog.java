package dev.tally.catalog;

import com.github.benmanes.caffeine.cache.CacheLoader;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;

import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
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
import java.util.function.IntPredicate;

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
    private static final Duration OVERLAP = Duration.ofSeconds(10);

    /** Most changes of titles that are taken over one by one; after more, all are read anew. */
    private static final int MAX_CHANGES = 10_000;

    /**
     * Memory also holds the policies that were in force this long ago, for commands that began
     * before they were read.
     */
    static final Duration POLICIES_REACH_BACK = Duration.ofHours(1);

    /** Most titles kept in memory. */
    static final int MAX_TITLES = 100_000;

    @Inject CatalogRows rows;
    @Inject InstantSource clock;
    @Resource ManagedExecutorService executor;

    private LoadingCache<TitleId, TitleVersion> titles;
    private LoadingCache<Boolean, PolicySet> policies;

    /** Time of the database up to which changes of titles are taken over. */
    private LoadingCache<Boolean, Instant> titlesSeen;

    private volatile Instant seenUntil;

    @PostConstruct
    void prepare() {
        titles =
                Caffeine.newBuilder()
                        .executor(executor)
                        .maximumSize(MAX_TITLES)
                        .build(new TitleLoader());
        policies = living().build(all -> knownPolicies());
        titlesSeen = living().build(all -> takeOverChanges());
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

    /** Reads titles; many at once in one query. */
    private final class TitleLoader implements CacheLoader<TitleId, TitleVersion> {

        @Override
        public TitleVersion load(TitleId id) {
            return rows.title(id).orElse(null);
        }

        @Override
        public Map<TitleId, TitleVersion> loadAll(Set<? extends TitleId> ids) {
            return rows.titles(Set.copyOf(ids));
        }
    }

    /** Forgets the titles that have changed since this was done last. */
    private Instant takeOverChanges() {
        var since = seenUntil == null ? null : seenUntil.minus(OVERLAP);
        var changes = rows.titlesChanged(since, MAX_CHANGES);
        if (changes.titles().size() < MAX_CHANGES) titles.invalidateAll(changes.titles());
        else titles.invalidateAll();
        seenUntil = changes.until();
        return seenUntil;
    }

    private LoadingCache<TitleId, TitleVersion> freshTitles() {
        var unused = titlesSeen.get(true);
        return titles;
    }

    public Optional<Title> title(TitleId id) {
        return titleVersion(id).map(TitleVersion::title);
    }

    public Optional<TitleVersion> titleVersion(TitleId id) {
        return Optional.ofNullable(freshTitles().get(id));
    }

    /** The ends of some titles' availability; a title without an end is left out. */
    public Map<TitleId, Instant> availabilityEnds(Set<TitleId> ids) {
        var ends = new HashMap<TitleId, Instant>();
        freshTitles()
                .getAll(ids)
                .forEach(
                        (id, title) -> {
                            var end = title.title().availabilityEnd();
                            if (end != null) ends.put(id, end);
                        });
        return ends;
    }

    /** A title as it was at a time, from the database; empty if there was none yet. */
    public Optional<Title> titleAsOf(TitleId id, Instant at) {
        return rows.title(id, at);
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
        return policies.get(true);
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
        return rows.titles(after, limit);
    }

    /** Inserts or updates titles, all or none; of two titles with one id the later counts. */
    public void put(Collection<Title> changed) {
        rows.put(changed);
        changed.forEach(title -> titles.invalidate(title.id()));
    }

    /**
     * Stores one title.
     *
     * @param condition what must be true of the version that is there; 0: none is
     * @return empty if it is not true
     */
    public Optional<PutTitle> put(Title title, IntPredicate condition) {
        var put = rows.put(title, condition);
        titles.invalidate(title.id());
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
        return stored;
    }
}
