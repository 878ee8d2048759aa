package dev.tally.catalog;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives decisions their titles and policies, from memory. A write of this node is seen at once.
 * Another node's write is seen within {@link #POLICIES_LIVE} if it is a policy, and within {@link
 * #TITLES_LIVE} if it is a title.
 */
@ApplicationScoped
public class Catalog {

    /** Longest time since policies were read that a decision may use them. */
    static final Duration POLICIES_LIVE = Duration.ofSeconds(10);

    /** Longest time since a title was read that a decision may use it. */
    static final Duration TITLES_LIVE = Duration.ofMinutes(1);

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

    private LoadingCache<TitleId, Title> titles;
    private LoadingCache<Boolean, PolicySet> policies;

    @PostConstruct
    void prepare() {
        titles =
                living(TITLES_LIVE)
                        .maximumSize(MAX_TITLES)
                        .build(id -> rows.title(id).orElse(null));
        policies = living(POLICIES_LIVE).build(all -> knownPolicies());
    }

    /**
     * A cache that reads entries in use again in the background, after half their life, so that no
     * decision waits.
     */
    private Caffeine<Object, Object> living(Duration time) {
        return Caffeine.newBuilder()
                .executor(executor)
                .refreshAfterWrite(time.dividedBy(2))
                .expireAfterWrite(time);
    }

    public Optional<Title> title(TitleId id) {
        return Optional.ofNullable(titles.get(id));
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

    /** The newest version of one policy, as the database has it now. */
    public Optional<PolicyDocument> newestPolicy(Scope scope, String id) {
        return rows.newest(scope, id);
    }

    /**
     * Stores the next version of a policy.
     *
     * @param supersedes version that the new one follows; 0 if it is the first
     * @return empty if that version is not the newest: somebody else was first
     */
    public Optional<PolicyDocument> put(
            Scope scope,
            String id,
            int supersedes,
            Map<PolicyKey, Object> settings,
            Instant validFrom) {
        var stored = rows.put(scope, id, supersedes, PolicySettings.of(settings), validFrom);
        policies.invalidateAll();
        return stored;
    }
}
