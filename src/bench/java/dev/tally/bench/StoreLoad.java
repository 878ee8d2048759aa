package dev.tally.bench;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.write.AccountModel;
import dev.tally.licensing.write.CustomerTurns;
import dev.tally.licensing.write.NodeTurns;
import dev.tally.runtime.Ids;

import org.HdrHistogram.Recorder;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;

/**
 * The store alone, without HTTP and without a container: queries that read a customer and fold
 * them, and commands that append one event as well. Commands of one customer take turns, as they do
 * in a node.
 */
final class StoreLoad {

    private static final Duration RENEWAL = Duration.ofDays(30);
    private static final int POLICY = 1;

    private final EventStore store;
    private final int threads;
    private final CustomerTurns turns = NodeTurns.create();

    /**
     * @param lostPerSuccess number of lost races for each append that was stored
     * @param mostEvents largest number of events that one command read
     */
    record Result(Measured measured, double lostPerSuccess, long mostEvents) {}

    /** The work of one call for a customer. */
    private interface Work {
        void on(String customer);
    }

    StoreLoad(Stores stores, int threads) {
        this.store = stores.store();
        this.threads = threads;
    }

    /** Sends commands; the function says which customer the n-th one is about. */
    Result saturate(Duration duration, LongFunction<String> customers) throws InterruptedException {
        var attempts = new LongAdder();
        var mostEvents = new AtomicLong();
        var measured =
                run(
                        duration,
                        customers,
                        customer -> {
                            long events =
                                    turns.take(
                                            customer,
                                            (turn, at) -> {
                                                attempts.increment();
                                                return turn.last(() -> renew(customer, at));
                                            });
                            mostEvents.accumulateAndGet(events, Math::max);
                        });
        var stored = measured.latencies().getTotalCount();
        return new Result(measured, (double) (attempts.sum() - stored) / stored, mostEvents.get());
    }

    /** Sends queries; the function says which customer the n-th one is about. */
    Measured read(Duration duration, LongFunction<String> customers) throws InterruptedException {
        return run(
                duration, customers, customer -> store.readConfirmed(customer, AccountModel.FOLD));
    }

    /** Renews a license, which stores one event; returns the number of events read for it. */
    int renew(String customer, Instant clock) {
        var history = store.read(customer, AccountModel.FOLD);
        var now = history.timeOf(clock);
        var license =
                history.state()
                        .licenses()
                        .listed(now)
                        .filter(found -> found.isActiveAt(now))
                        .findFirst()
                        .orElseThrow();
        var renewed = new LicenseRenewed(license.id(), now, now.plus(RENEWAL), POLICY);
        var command = CommandId.generated(Ids.next());
        store.append(history, command, Member.CALLER, now, List.of(renewed));
        return history.events().size();
    }

    private Measured run(Duration duration, LongFunction<String> customers, Work work)
            throws InterruptedException {
        var next = new AtomicLong();
        var done = new LongAdder();
        var latencies = new Recorder(Measured.DIGITS);
        var ends = System.nanoTime() + duration.toNanos();
        atOnce(
                () -> {
                    for (var now = System.nanoTime(); now < ends; now = System.nanoTime()) {
                        work.on(customers.apply(next.getAndIncrement()));
                        latencies.recordValue(System.nanoTime() - now);
                        done.increment();
                    }
                    return null;
                });
        return new Measured(
                done.sum() / (duration.toNanos() / 1e9), latencies.getIntervalHistogram(), 0, "");
    }

    private void atOnce(Callable<Void> work) throws InterruptedException {
        try (var pool = Executors.newFixedThreadPool(threads)) {
            for (var done : pool.invokeAll(Collections.nCopies(threads, work))) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
