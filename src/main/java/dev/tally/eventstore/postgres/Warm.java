package dev.tally.eventstore.postgres;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.tally.eventstore.Head;
import dev.tally.eventstore.codec.SnapshotCodec.Bytes;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps the rows of customers in this node's memory: what a read of them would return, as bytes. An
 * append adds its own rows, so nothing is written twice. Folded accounts would save a fold, but
 * they are many objects, which the collector copies: its pauses took a quarter of the time.
 *
 * <p>Memory is never trusted: an append compares the revision anyway, and an answer that no append
 * confirms waits for one look at the head.
 */
final class Warm {

    /** Bytes of heap that a customer takes beside the rows: key, head, and the cache's own. */
    private static final int FIXED_BYTES = 424;

    private final int schemaVersion;
    private final boolean isOn;
    private final InstantSource clock;
    private final Cache<String, Kept> customers;

    /**
     * The rows of a customer.
     *
     * @param confirmedAt latest time at which the database had no other
     */
    record Remembered(CurrentRead.Rows rows, Instant confirmedAt) {}

    /**
     * The rows of a customer at a head.
     *
     * @param snapshot null: there is none
     * @param confirmedMillis latest time at which the database had no other, in milliseconds since
     *     1970
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Kept(Head head, Bytes snapshot, byte[] events, AtomicLong confirmedMillis) {

        int weight() {
            return FIXED_BYTES + events.length + (snapshot == null ? 0 : snapshot.bytes().length);
        }
    }

    /**
     * An empty memory.
     *
     * @param schemaVersion version of the snapshots that it keeps
     * @param maxBytes bytes of heap that it may take; 0 keeps nothing
     */
    Warm(int schemaVersion, long maxBytes, InstantSource clock) {
        this.schemaVersion = schemaVersion;
        this.clock = clock;
        this.isOn = maxBytes > 0;
        this.customers =
                Caffeine.newBuilder()
                        .maximumWeight(maxBytes)
                        .weigher((String customer, Kept kept) -> kept.weight())
                        // Evicts on the thread that adds, so at once.
                        .executor(Runnable::run)
                        .recordStats()
                        .build();
    }

    /** The rows of a customer; empty if they are not in memory. */
    Optional<Remembered> get(String customerId) {
        return Optional.ofNullable(customers.getIfPresent(customerId))
                .map(
                        kept ->
                                new Remembered(
                                        rows(customerId, kept),
                                        Instant.ofEpochMilli(kept.confirmedMillis().get())));
    }

    /** Notes that the database has a customer's rows as memory does, at a revision. */
    void confirmed(String customerId, long revision) {
        var kept = customers.asMap().get(customerId);
        if (kept != null && kept.head().revision() == revision) {
            kept.confirmedMillis().set(clock.millis());
        }
    }

    private AtomicLong confirmedNow() {
        return new AtomicLong(clock.millis());
    }

    private CurrentRead.Rows rows(String customerId, Kept kept) {
        var head = kept.head();
        var snapshots =
                kept.snapshot() == null
                        ? List.<SnapshotRow>of()
                        : List.of(
                                SnapshotRow.of(
                                        customerId,
                                        head.snapshotSeq(),
                                        schemaVersion,
                                        head.generation(),
                                        head.snapshotAt(),
                                        kept.snapshot()));
        return new CurrentRead.Rows(head, snapshots, PackedEvents.rows(customerId, kept.events()));
    }

    /** True if the customer is in memory. */
    boolean has(String customerId) {
        return customers.asMap().containsKey(customerId);
    }

    /** Keeps rows as they were read, unless later ones of the customer are there. */
    void put(String customerId, CurrentRead.Rows read) {
        var head = read.head();
        if (!isOn || head.isNew()) return;
        var own =
                read.snapshots().stream()
                        .filter(snapshot -> snapshot.schemaVersion == schemaVersion)
                        .map(SnapshotRow::bytes)
                        .findFirst();
        if (head.hasSnapshot() && own.isEmpty()) return;
        var events = PackedEvents.append(PackedEvents.NONE, read.events());
        keep(customerId, new Kept(head, own.orElse(null), events, confirmedNow()));
    }

    /** Adds the rows of an append to those of the head that it moved. */
    void add(Append<?> append) {
        if (!isOn) return;
        if (append.before().isNew()) {
            var kept = after(new Kept(append.before(), null, PackedEvents.NONE, null), append);
            if (kept != null) keep(append.customerId(), kept);
            return;
        }
        customers
                .asMap()
                .computeIfPresent(
                        append.customerId(),
                        (customer, there) -> {
                            var ahead =
                                    Long.compare(
                                            there.head().revision(), append.before().revision());
                            if (ahead > 0) return there;
                            return ahead == 0 ? after(there, append) : null;
                        });
    }

    /** The rows after an append; null if the append stored something else than memory knows. */
    private Kept after(Kept before, Append<?> append) {
        var head = append.after().head();
        if (head.firstSeq() != before.head().firstSeq()) return null;
        var events = new ArrayList<EventRow>();
        Bytes snapshot = null;
        for (var row : append.rows()) {
            if (row instanceof EventRow event) events.add(event);
            if (row instanceof SnapshotRow stored) snapshot = stored.bytes();
        }
        if (snapshot == null) {
            if (head.snapshotSeq() != before.head().snapshotSeq() && head.hasSnapshot())
                return null;
            return new Kept(
                    head,
                    before.snapshot(),
                    PackedEvents.append(before.events(), events),
                    confirmedNow());
        }
        var isCurrent = head.snapshotSeq() == head.lastSeq();
        return isCurrent ? new Kept(head, snapshot, PackedEvents.NONE, confirmedNow()) : null;
    }

    private void keep(String customerId, Kept kept) {
        customers
                .asMap()
                .merge(
                        customerId,
                        kept,
                        (there, other) ->
                                there.head().revision() > other.head().revision() ? there : other);
    }

    void letGo(String customerId) {
        customers.invalidate(customerId);
    }

    long hits() {
        return customers.stats().hitCount();
    }

    long misses() {
        return customers.stats().missCount();
    }

    long size() {
        return customers.estimatedSize();
    }

    /** Bytes of heap that the customers take. */
    long bytes() {
        return customers.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }
}
