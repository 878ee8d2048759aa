package dev.tally.http;

import dev.tally.runtime.Ticks;

import jakarta.servlet.AsyncContext;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Places for requests at work, and a line of requests that wait for one. Those that wait keep no
 * thread. The first to come is the first to be let in.
 */
final class Room {

    private static final Logger LOG = Logger.getLogger(Room.class.getName());

    private final int size;
    private final int longestLine;
    private final Duration patience;
    private final Semaphore free;
    private final Queue<Waiting> line = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * @param size most requests at work
     * @param longestLine most requests that wait
     * @param patience longest wait
     */
    Room(int size, int longestLine, Duration patience) {
        this.size = size;
        this.longestLine = longestLine;
        this.patience = patience;
        this.free = new Semaphore(size);
    }

    /**
     * A request that waits.
     *
     * @param since moment of {@link Ticks} at which it began to
     * @param refusal writes the answer if it waits in vain
     */
    record Waiting(AsyncContext request, long since, Runnable refusal) {

        private void refuse() {
            try {
                refusal.run();
                request.complete();
            } catch (RuntimeException e) {
                LOG.log(Level.FINE, "A caller went away before it was refused", e);
            }
        }

        /** False if nobody is left to be let in. */
        private boolean letIn() {
            try {
                request.dispatch();
                return true;
            } catch (RuntimeException e) {
                LOG.log(Level.FINE, "A caller went away before it was let in", e);
                return false;
            }
        }
    }

    /** Number of requests at work. */
    int atWork() {
        return size - free.availablePermits();
    }

    /** Takes a place, unless others wait for one; {@link #leave} has to follow. */
    boolean enter() {
        return line.isEmpty() && free.tryAcquire();
    }

    boolean isLineFull() {
        return waiting.get() >= longestLine;
    }

    /** Lets a request wait. It is dispatched once it has a place, or refused. */
    void await(Waiting request) {
        waiting.incrementAndGet();
        line.add(request);
        // A place may have become free before anyone could know of this request.
        letIn();
    }

    /** Gives a place back. */
    void leave() {
        free.release();
        letIn();
    }

    private void letIn() {
        while (!line.isEmpty() && free.tryAcquire()) {
            var next = line.poll();
            if (next != null) waiting.decrementAndGet();
            if (next == null || !next.letIn()) free.release();
        }
    }

    /** Refuses those that have waited too long. */
    void refuseLate() {
        for (var first = line.peek(); first != null && isLate(first); first = line.peek()) {
            if (line.remove(first)) {
                waiting.decrementAndGet();
                first.refuse();
            }
        }
    }

    private boolean isLate(Waiting request) {
        return Ticks.nanos() - request.since > patience.toNanos();
    }
}
