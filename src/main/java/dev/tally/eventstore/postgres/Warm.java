package dev.tally.eventstore.postgres;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;

import java.util.List;
import java.util.Optional;

/**
 * Keeps histories in this node's memory, folded and without their events. Memory is never trusted:
 * an append compares the revision anyway, and an answer that no append confirms waits for one look
 * at the head.
 */
final class Warm {

    /** Bytes of heap for each stored byte of an account's events and snapshot. */
    private static final int HEAP_PER_STORED_BYTE = 5;

    /** Bytes of heap that a history takes beside its state. */
    private static final int FIXED_BYTES = 1_500;

    private final Cache<String, History<?>> histories;

    /**
     * An empty memory.
     *
     * @param maxBytes bytes of heap that it may take, estimated; 0 keeps nothing
     */
    Warm(long maxBytes) {
        histories =
                Caffeine.newBuilder()
                        .maximumWeight(maxBytes)
                        .weigher((String customer, History<?> history) -> weight(history))
                        // Evicts on the thread that adds, so at once.
                        .executor(Runnable::run)
                        .recordStats()
                        .build();
    }

    @SuppressWarnings("unchecked") // there is one fold, and so one type of state
    <S> Optional<History<S>> get(String customerId) {
        return Optional.ofNullable((History<S>) histories.getIfPresent(customerId));
    }

    /** Keeps a history unless a later one of the customer is there. */
    void put(History<?> history) {
        if (history.head().isNew() || history.source() != Source.CURRENT) return;
        histories
                .asMap()
                .merge(
                        history.customerId(),
                        warm(history),
                        (there, other) -> there.revision() > other.revision() ? there : other);
    }

    void letGo(String customerId) {
        histories.invalidate(customerId);
    }

    long hits() {
        return histories.stats().hitCount();
    }

    long misses() {
        return histories.stats().missCount();
    }

    long size() {
        return histories.estimatedSize();
    }

    /** Estimated bytes of heap that the histories take. */
    long bytes() {
        return histories.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    private static <S> History<S> warm(History<S> history) {
        // The generation has just closed: memory drops what its snapshot dropped.
        var closed = history.head().generationBytes() == 0;
        var at = history.head().snapshotAt();
        return new History<>(
                history.customerId(),
                history.fold(),
                history.head(),
                closed ? history.fold().compact().apply(history.state(), at) : history.state(),
                List.of(),
                Snapshots.remembered(history.commands(), history.head().lastAt()),
                Source.WARM,
                history.snapshotBytes());
    }

    private static int weight(History<?> history) {
        return FIXED_BYTES
                + HEAP_PER_STORED_BYTE
                        * (history.snapshotBytes() + history.head().generationBytes());
    }
}
