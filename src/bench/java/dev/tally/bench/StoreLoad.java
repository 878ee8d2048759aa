package dev.tally.bench;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.write.CustomerTurns;
import dev.tally.licensing.write.LicensingFolds;
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
 * The store alone, without HTTP and without a container: each command reads a stream, folds it and
 * appends one event. Commands of one customer take turns, as they do in a node.
 */
final class StoreLoad {

    private static final List<Fold<?>> LICENSES = List.of(LicensingFolds.LICENSES);
    private static final Duration RENEWAL = Duration.ofDays(30);
    private static final int POLICY = 1;

    private final Stores stores;
    private final int threads;
    private final CustomerTurns turns = NodeTurns.create();

    /**
     * @param lostPerSuccess appends that another one came before, for each that was stored
     * @param mostRows that one command read
     */
    record Result(Measured measured, double lostPerSuccess, long mostRows) {}

    StoreLoad(Stores stores, int threads) {
        this.stores = stores;
        this.threads = threads;
    }

    /** The n-th command is of the customer that the function says. */
    Result saturate(Duration duration, LongFunction<String> customers) throws InterruptedException {
        var next = new AtomicLong();
        var lost = new LongAdder();
        var stored = new LongAdder();
        var mostRows = new AtomicLong();
        var latencies = new Recorder(Measured.DIGITS);
        var ends = System.nanoTime() + duration.toNanos();
        Callable<Void> work =
                () -> {
                    for (var now = System.nanoTime(); now < ends; now = System.nanoTime()) {
                        var customer = customers.apply(next.getAndIncrement());
                        var attempts = new LongAdder();
                        var rows =
                                turns.take(
                                        customer,
                                        at -> {
                                            attempts.increment();
                                            return renew(customer, at);
                                        });
                        latencies.recordValue(System.nanoTime() - now);
                        mostRows.accumulateAndGet(rows, Math::max);
                        lost.add(attempts.sum() - 1);
                        stored.increment();
                    }
                    return null;
                };
        atOnce(work);
        var measured =
                new Measured(
                        stored.sum() / (duration.toNanos() / 1e9),
                        latencies.getIntervalHistogram(),
                        0,
                        "");
        return new Result(measured, (double) lost.sum() / stored.sum(), mostRows.get());
    }

    /** One event on one stream; the rows read for it. */
    private int renew(String customer, Instant now) {
        return stores.use(
                store -> {
                    var history = store.read(customer, LICENSES);
                    var license =
                            history.state(LicensingFolds.LICENSES)
                                    .all()
                                    .filter(found -> found.isActiveAt(now))
                                    .findFirst();
                    var renewed =
                            new LicenseRenewed(
                                    license.orElseThrow().id(), now, now.plus(RENEWAL), POLICY);
                    store.append(history, CommandId.of(Ids.next()), now, List.of(renewed));
                    return history.rowsRead();
                });
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
