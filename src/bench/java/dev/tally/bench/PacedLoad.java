package dev.tally.bench;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.ids.DeviceId;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.write.AccountModel;
import dev.tally.runtime.Ids;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Calls the store at fixed times, and so rarely that the machine stays idle. The worst latency
 * tells how long something blocked a call. It counts from when the call was due.
 */
final class PacedLoad implements AutoCloseable {

    /** The kinds of calls. */
    enum Kind {
        APPEND("append, after a read of current state"),
        HOT_HISTORY("history of the hot tier"),
        ALL_HISTORY("history of both tiers");

        final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    private static final Duration STEP = Duration.ofMillis(20);
    private static final int THREADS_OF_A_KIND = 2;

    /** The number of calls a second of each kind. */
    static final long PER_SECOND = THREADS_OF_A_KIND * Duration.ofSeconds(1).dividedBy(STEP);

    private static final int PAGE = 50;

    private final Stores stores;
    private final long first;
    private final int customers;
    private final Map<Kind, Recorder> latencies = new EnumMap<>(Kind.class);
    private final ExecutorService pool = Executors.newCachedThreadPool();
    private final AtomicLong next = new AtomicLong();
    private volatile boolean stopped;

    /**
     * @param customers number of customers from the first on, who have a device; more than there
     *     are calls at once
     */
    PacedLoad(Stores stores, long first, int customers) {
        this.stores = stores;
        this.first = first;
        this.customers = customers;
        for (var kind : Kind.values()) {
            latencies.put(kind, new Recorder(Measured.DIGITS));
            for (int thread = 0; thread < THREADS_OF_A_KIND; thread++) {
                var unused = pool.submit(() -> run(kind));
            }
        }
    }

    /** The latencies since this was last called, in nanoseconds. */
    Map<Kind, Histogram> take() {
        var taken = new EnumMap<Kind, Histogram>(Kind.class);
        latencies.forEach((kind, recorder) -> taken.put(kind, recorder.getIntervalHistogram()));
        return taken;
    }

    private Void run(Kind kind) throws InterruptedException {
        for (var due = System.nanoTime(); !stopped; due += STEP.toNanos()) {
            Thread.sleep(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
            call(kind, stores.store());
            latencies.get(kind).recordValue(System.nanoTime() - due);
        }
        return null;
    }

    private void call(Kind kind, EventStore store) {
        var customer = Long.toString(first + next.getAndIncrement() % customers);
        switch (kind) {
            case APPEND -> {
                var history = store.read(customer, AccountModel.FOLD);
                var now = history.timeOf(Instant.now());
                var event = new DeviceRenamed(new DeviceId("device-1"), Ids.next(), now);
                var command = CommandId.generated(Ids.next());
                store.append(history, command, null, now, List.of(event));
            }
            case HOT_HISTORY -> read(store, customer, Tier.HOT);
            case ALL_HISTORY -> read(store, customer, Tier.ALL);
        }
    }

    private static void read(EventStore store, String customer, Tier tier) {
        store.history(new HistoryQuery(customer, tier, null, null, null, null, 0, PAGE));
    }

    @Override
    public void close() {
        stopped = true;
        pool.close();
    }
}
