package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Auditors that read whole histories, page by page, of customers who send no commands. They check
 * that they see every event once and in order, whatever is moved between two pages.
 */
final class Readers implements AutoCloseable {

    private static final int READERS = 4;
    private static final int PAGE = 9;
    private static final long PAUSE_NANOS = 20_000_000;

    private final Machine machine;
    private final Map<String, List<String>> young;
    private final Instant retainedFrom;
    private final ExecutorService threads = Executors.newFixedThreadPool(READERS);
    private final List<Future<Void>> running = new ArrayList<>();
    private final AtomicInteger histories = new AtomicInteger();
    private volatile boolean stopped;

    /**
     * @param young the ids of each customer's retained events, in order
     * @param retainedFrom events before this time may be retired while they are read
     */
    Readers(Machine machine, Map<String, List<String>> young, Instant retainedFrom) {
        this.machine = machine;
        this.young = young;
        this.retainedFrom = retainedFrom;
        var customers = List.copyOf(young.keySet());
        for (int reader = 0; reader < READERS; reader++) {
            var chance = new SplittableRandom(reader);
            Callable<Void> work =
                    () -> {
                        while (!stopped) read(customers.get(chance.nextInt(customers.size())));
                        return null;
                    };
            running.add(threads.submit(work));
        }
    }

    private void read(String customer) {
        var retained = new ArrayList<String>();
        var ids = new HashSet<String>();
        var lastSeq = 0;
        var last = Instant.EPOCH;
        for (var event : history(customer)) {
            var id = event.get("eventId").stringValue();
            var at = Instant.parse(event.get("at").stringValue());
            var seq = event.get("seq").intValue();
            assertThat(ids.add(id)).as("%s of %s comes once", id, customer).isTrue();
            assertThat(at).as("%s of %s comes in order", id, customer).isAfterOrEqualTo(last);
            assertThat(seq).as("%s of %s comes in order", id, customer).isGreaterThan(lastSeq);
            lastSeq = seq;
            last = at;
            if (!at.isBefore(retainedFrom)) retained.add(id);
        }
        if (!stopped) {
            assertThat(retained).as("events of " + customer).isEqualTo(young.get(customer));
            histories.incrementAndGet();
        }
    }

    /** Reads a whole history, unless the readers are stopped meanwhile. */
    private List<JsonNode> history(String customer) {
        var events = new ArrayList<JsonNode>();
        var cursor = "";
        while (!stopped) {
            try {
                var path =
                        "/v1/customers/%s/events?tier=ALL&limit=%d%s"
                                .formatted(customer, PAGE, cursor);
                var answer = machine.as("reader").get(path);
                if (answer.status() < 500) {
                    assertThat(answer.status()).isEqualTo(200);
                    answer.json().get("events").forEach(events::add);
                    var next = answer.json().get("next");
                    if (next.isNull()) return events;
                    cursor = "&cursor=" + next.stringValue();
                }
            } catch (IllegalStateException e) {
                // The server is down and does not answer.
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return events;
    }

    /** Stops the readers; returns how many histories were read to their end. */
    int stop() throws Exception {
        stopped = true;
        for (var reader : running) reader.get();
        return histories.get();
    }

    @Override
    public void close() {
        stopped = true;
        threads.close();
    }
}
