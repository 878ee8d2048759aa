package dev.tally.catalog;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.tally.availability.Outage;
import dev.tally.availability.StoreUnavailable;
import dev.tally.deadline.Deadline;
import dev.tally.ids.TitleId;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Titles in memory. A title that is missing is read by one caller, and the others wait for that no
 * longer than they may: a cache that reads by itself would let them wait for a lock, without a
 * limit.
 */
final class TitleMemory {

    /** Longest read, which several callers may wait for. */
    static final Duration READ = Duration.ofSeconds(1);

    /**
     * Longest wait for another caller's read. While the database answers, it takes milliseconds.
     */
    static final Duration WAIT = Duration.ofMillis(250);

    private final Function<Set<TitleId>, Map<TitleId, TitleVersion>> rows;
    private final AsyncCache<TitleId, TitleVersion> titles;

    /**
     * @param rows reads titles, and leaves out those that do not exist
     */
    TitleMemory(
            int maxTitles,
            Executor executor,
            Function<Set<TitleId>, Map<TitleId, TitleVersion>> rows) {
        this.rows = rows;
        this.titles = Caffeine.newBuilder().executor(executor).maximumSize(maxTitles).buildAsync();
    }

    /**
     * A title; empty if there is none.
     *
     * @throws StoreUnavailable if it has to be read, and the store does not answer in time
     */
    @SuppressWarnings("ReferenceEquality") // one of them reads
    Optional<TitleVersion> get(TitleId id) {
        var mine = new CompletableFuture<TitleVersion>();
        var shared = titles.get(id, (missing, ignored) -> mine);
        return Optional.ofNullable(shared == mine ? read(id, mine) : await(shared, id));
    }

    private TitleVersion read(TitleId id, CompletableFuture<TitleVersion> shared) {
        try {
            var title = read(Set.of(id)).get(id);
            // What does not exist is not kept.
            shared.complete(title);
            return title;
        } finally {
            // After a failure nothing is kept, and the others try for themselves.
            shared.cancel(false);
        }
    }

    private TitleVersion await(CompletableFuture<TitleVersion> shared, TitleId id) {
        try {
            return shared.get(Deadline.shorten(WAIT).toNanos(), TimeUnit.NANOSECONDS);
        } catch (CancellationException e) {
            return read(Set.of(id)).get(id);
        } catch (TimeoutException | ExecutionException e) {
            throw StoreUnavailable.of(Outage.NOT_IN_TIME, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreUnavailable.of(Outage.NOT_IN_TIME, e);
        }
    }

    /** Several titles; those that are missing are read at once. */
    Collection<TitleVersion> getAll(Set<TitleId> ids) {
        var found = new HashMap<>(titles.synchronous().getAllPresent(ids));
        var missing = new HashSet<>(ids);
        missing.removeAll(found.keySet());
        if (!missing.isEmpty()) {
            var read = read(missing);
            titles.synchronous().putAll(read);
            found.putAll(read);
        }
        return found.values();
    }

    /** A caller with time to spare must not keep others waiting. */
    private Map<TitleId, TitleVersion> read(Set<TitleId> ids) {
        return Deadline.run(Deadline.shorten(READ), () -> rows.apply(ids));
    }

    /** Forgets titles that have changed. A read that goes on is not kept. */
    void forget(Collection<TitleId> ids) {
        titles.synchronous().invalidateAll(ids);
    }

    void forgetAll() {
        titles.synchronous().invalidateAll();
    }
}
