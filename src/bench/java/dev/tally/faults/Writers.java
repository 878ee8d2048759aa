package dev.tally.faults;

import dev.tally.runtime.Ids;
import dev.tally.system.Client.Answer;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Members that acquire and release licenses, each from several devices. As clients should, they
 * repeat a request with the same key if they get no answer. They remember the answers.
 */
final class Writers implements AutoCloseable {

    private static final int WRITERS = 8;
    private static final int CUSTOMERS_OF_EACH = 12;
    private static final int DEVICES = 3;
    private static final long PAUSE_NANOS = 40_000_000;

    private final Machine machine;
    private final int titles;
    private final ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    private final List<Future<Void>> running = new ArrayList<>();
    private final ConcurrentLinkedQueue<Acknowledged> acknowledged = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    /**
     * A command that was answered.
     *
     * @param event the event that it must have stored, once; null if it stored nothing
     */
    record Acknowledged(String customer, String key, String event) {}

    /** Every second customer has a history already, the others are new. */
    Writers(Machine machine, int titles) {
        this.machine = machine;
        this.titles = titles;
        for (int writer = 0; writer < WRITERS; writer++) {
            int first = writer * CUSTOMERS_OF_EACH;
            Callable<Void> work = () -> write(first);
            running.add(threads.submit(work));
        }
    }

    /** The writers send commands for the customers of the history below this number. */
    static int touched() {
        return WRITERS * CUSTOMERS_OF_EACH;
    }

    private Void write(int first) {
        var chance = new SplittableRandom(first);
        while (!stopped) {
            int number = first + chance.nextInt(CUSTOMERS_OF_EACH);
            var customer = number % 2 == 0 ? Integer.toString(number) : "new-" + number;
            acquire(customer, chance);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return null;
    }

    private void acquire(String customer, SplittableRandom chance) {
        var path = "/v1/customers/" + customer + "/licenses";
        var key = Ids.next();
        var answer =
                untilAnswered(
                        key,
                        path,
                        """
                        {"titleId":"title-%04d","deviceId":"device-%d","plan":"premium","type":"DOWNLOAD"}
                        """
                                .formatted(chance.nextInt(titles), chance.nextInt(DEVICES)));
        if (answer == null) return;
        var issued = answer.status() == 201;
        acknowledged.add(new Acknowledged(customer, key, issued ? "LicenseIssued" : null));
        if (issued && chance.nextBoolean()) {
            var license = answer.json().get("licenseId").stringValue();
            var releaseKey = Ids.next();
            if (untilAnswered(releaseKey, path + "/" + license + "/release", null) != null) {
                acknowledged.add(new Acknowledged(customer, releaseKey, "LicenseReleased"));
            }
        }
    }

    /** Repeats the request until it is answered; null if the writers are stopped before. */
    private Answer untilAnswered(String key, String path, String body) {
        while (true) {
            try {
                var edge = machine.as("edge").with("Idempotency-Key", key);
                var answer = body == null ? edge.post(path) : edge.post(path, body);
                if (answer.status() < 500 && !answer.mayBeRepeated()) return refuseMistakes(answer);
            } catch (IllegalStateException e) {
                // The server is down and does not answer.
            }
            if (stopped) return null;
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static Answer refuseMistakes(Answer answer) {
        if (answer.status() >= 400 && answer.status() != 409) {
            throw new AssertionError(answer.toString());
        }
        return answer;
    }

    /** Stops the writers; returns the commands that were answered. */
    List<Acknowledged> stop() throws Exception {
        stopped = true;
        for (var writer : running) writer.get();
        return List.copyOf(acknowledged);
    }

    @Override
    public void close() {
        stopped = true;
        threads.close();
    }
}
