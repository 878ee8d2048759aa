package dev.tally.eventstore.postgres;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.tally.eventstore.Fold;
import dev.tally.eventstore.Head;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.codec.SnapshotCodec.Bytes;

import java.util.List;
import java.util.Optional;

/**
 * Keeps folded accounts in this node's memory, as the bytes that a snapshot would have. An account
 * as objects takes five times the heap, and the collector copies each of them: that took a quarter
 * of the processor's time, and more than the reads that were saved.
 *
 * <p>Memory is never trusted: an append compares the revision anyway, and an answer that no append
 * confirms waits for one look at the head.
 */
final class Warm {

    /** Bytes of heap that an account takes beside its content: key, head, and the cache's own. */
    private static final int FIXED_BYTES = 400;

    private final Snapshots<?> snapshots;
    private final boolean isOn;
    private final Cache<String, Kept> accounts;

    /** A folded account at its head. */
    private record Kept(Head head, Bytes content, int snapshotBytes) {

        int weight() {
            return FIXED_BYTES + content.bytes().length;
        }
    }

    /**
     * An empty memory.
     *
     * @param maxBytes bytes of heap that it may take; 0 keeps nothing
     */
    Warm(Snapshots<?> snapshots, long maxBytes) {
        this.snapshots = snapshots;
        this.isOn = maxBytes > 0;
        this.accounts =
                Caffeine.newBuilder()
                        .maximumWeight(maxBytes)
                        .weigher((String customer, Kept kept) -> kept.weight())
                        // Evicts on the thread that adds, so at once.
                        .executor(Runnable::run)
                        .recordStats()
                        .build();
    }

    /** The history of a customer, without events. Empty if it is not in memory. */
    <S> Optional<History<S>> get(String customerId, Fold<S> fold) {
        return Optional.ofNullable(accounts.getIfPresent(customerId))
                .flatMap(kept -> history(customerId, fold, kept));
    }

    @SuppressWarnings("unchecked") // there is one fold, and so one type of state
    private <S> Optional<History<S>> history(String customerId, Fold<S> fold, Kept kept) {
        return ((Snapshots<S>) snapshots)
                .unpacked(kept.content(), fold.schemaVersion())
                .map(
                        content ->
                                new History<>(
                                        customerId,
                                        fold,
                                        kept.head(),
                                        content.state(),
                                        List.of(),
                                        content.commands(),
                                        Source.WARM,
                                        kept.snapshotBytes()));
    }

    /** True if the customer is in memory. */
    boolean has(String customerId) {
        return accounts.asMap().containsKey(customerId);
    }

    /** Keeps a history unless a later one of the customer is there. */
    void put(History<?> history) {
        if (!isOn || history.head().isNew() || history.source() != Source.CURRENT) return;
        accounts.asMap()
                .merge(
                        history.customerId(),
                        kept(history),
                        (there, other) ->
                                there.head().revision() > other.head().revision() ? there : other);
    }

    void letGo(String customerId) {
        accounts.invalidate(customerId);
    }

    long hits() {
        return accounts.stats().hitCount();
    }

    long misses() {
        return accounts.stats().missCount();
    }

    long size() {
        return accounts.estimatedSize();
    }

    /** Bytes of heap that the accounts take. */
    long bytes() {
        return accounts.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    private <S> Kept kept(History<S> history) {
        @SuppressWarnings("unchecked") // there is one fold, and so one type of state
        var content = ((Snapshots<S>) snapshots).packed(history);
        return new Kept(history.head(), content, history.snapshotBytes());
    }
}
