package dev.tally.faults;

import dev.tally.faults.Ledger.Wish;
import dev.tally.runtime.Ids;
import dev.tally.system.Client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Members that acquire one title after the other, several at a time. As clients should, they repeat
 * a request with the same key, at another node, until they have the license; some repeat it even
 * then.
 */
final class Members implements AutoCloseable {

    private static final int MEMBERS = 8;
    private static final int CUSTOMERS_OF_EACH = 4;
    private static final int DEVICES = 3;
    private static final int REPEATED = 4;
    private static final long PAUSE_NANOS = 80_000_000;

    private final Ledger ledger;
    private final List<Client> nodes;
    private final List<String> titles;
    private final ExecutorService threads = Executors.newFixedThreadPool(MEMBERS);
    private final List<Future<Void>> running = new ArrayList<>();
    private volatile boolean stopped;

    Members(Ledger ledger, List<Client> nodes, List<String> titles) {
        this.ledger = ledger;
        this.nodes = nodes;
        this.titles = titles;
        for (int member = 0; member < MEMBERS; member++) {
            int number = member;
            Callable<Void> work = () -> watch(number);
            running.add(threads.submit(work));
        }
    }

    private Void watch(int number) {
        var customers =
                Stream.generate(() -> "member-" + Ids.next()).limit(CUSTOMERS_OF_EACH).toList();
        // Each customer's wishes go to the nodes in turn.
        int node = number;
        for (var title : titles) {
            for (var customer : customers) {
                if (stopped) return null;
                var device = "device-" + ledger.granted() % DEVICES;
                acquire(new Wish(customer, title, device, Ids.next()), node++);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        return null;
    }

    private void acquire(Wish wish, int node) {
        var license = untilGranted(wish, node);
        if (license.isPresent() && ledger.granted() % REPEATED == 0) {
            // The audit sees whether the license is the same.
            var unused = untilGranted(wish, node + 1);
        }
    }

    /** The license's id; empty if the members are stopped before. */
    private Optional<String> untilGranted(Wish wish, int first) {
        for (int node = first; ; node++) {
            var license = ledger.ask(nodes.get(node % nodes.size()), wish);
            if (license.isPresent() || stopped) return license;
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Stops the members; fails if one was given a wrong answer. */
    void stop() throws Exception {
        stopped = true;
        for (var member : running) member.get();
    }

    @Override
    public void close() {
        stopped = true;
        threads.close();
    }
}
