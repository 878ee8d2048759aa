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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Titles and policies as decisions read them: from memory. What this node has written is seen at
 * once; a policy that another node has written within {@link #POLICIES_LIVE}, a title within {@link
 * #TITLES_LIVE}.
 */
@ApplicationScoped
public class Catalog {

    /** No decision is made under policies read longer ago. */
    static final Duration POLICIES_LIVE = Duration.ofSeconds(10);

    /** No decision is made about a title read longer ago. */
    static final Duration TITLES_LIVE = Duration.ofMinutes(1);

    /** Titles kept in memory. */
    static final int MAX_TITLES = 100_000;

    @Inject CatalogRows rows;
    @Resource ManagedExecutorService executor;

    private LoadingCache<TitleId, Title> titles;
    private LoadingCache<Boolean, PolicySet> policies;

    @PostConstruct
    void prepare() {
        titles =
                living(TITLES_LIVE)
                        .maximumSize(MAX_TITLES)
                        .build(id -> rows.title(id).orElse(null));
        policies = living(POLICIES_LIVE).build(all -> rows.policies());
    }

    /** What is in use is read again in the background, half way: then no decision waits for it. */
    private Caffeine<Object, Object> living(Duration time) {
        return Caffeine.newBuilder()
                .executor(executor)
                .refreshAfterWrite(time.dividedBy(2))
                .expireAfterWrite(time);
    }

    public Optional<Title> title(TitleId id) {
        return Optional.ofNullable(titles.get(id));
    }

    /** The policies in force now. */
    public PolicySet policies() {
        return policies.get(true);
    }

    /** The policies that were in force when a version was the newest. */
    public PolicySet policiesAsOf(int version) {
        return rows.policiesAsOf(version);
    }

    /** Titles in the order of their ids, those after a given one, from the database. */
    public List<Title> titles(String after, int limit) {
        return rows.titles(after, limit);
    }

    /** Inserts or updates titles, all or none; of two with one id the later counts. */
    public void put(Collection<Title> changed) {
        rows.put(changed);
        changed.forEach(title -> titles.invalidate(title.id()));
    }

    /** The policies as the database has them now. */
    public PolicySet latestPolicies() {
        return rows.policies();
    }

    /**
     * Stores the next version of a policy.
     *
     * @param supersedes the version that it follows; 0: it is the first
     * @return empty if that version is not the newest: somebody else was first
     */
    public Optional<PolicyDocument> put(
            Scope scope, String id, int supersedes, Map<PolicyKey, Object> settings, Instant now) {
        var stored = rows.put(scope, id, supersedes, settings, now);
        policies.invalidateAll();
        return stored;
    }
}
