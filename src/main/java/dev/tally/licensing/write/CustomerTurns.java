package dev.tally.licensing.write;

import dev.tally.availability.Outage;
import dev.tally.availability.StoreUnavailable;
import dev.tally.deadline.Deadline;
import dev.tally.eventstore.Turn;
import dev.tally.eventstore.WrongVersion;
import dev.tally.licensing.write.Busy.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Lets the commands of one customer take turns in this node, so that they queue in memory rather
 * than collide in the database. A turn ends once the store knows what its command appends: where
 * commands come faster than the database stores them, the next one is decided from that. Against
 * other nodes the store's compare-and-set decides, and the loser ({@link WrongVersion}) tries again
 * with fresh state. Customers share a fixed number of queues: a shared one costs a wait, never
 * correctness.
 */
@ApplicationScoped
public class CustomerTurns {

    /** Number of queues; far more than there are threads. */
    static final int QUEUES = 4_096;

    /** Most attempts of one command before its caller hears that it lost. */
    static final int MAX_ATTEMPTS = 5;

    /** Longest wait of a command for its turn. */
    static final Duration MAX_WAIT = Duration.ofSeconds(5);

    /**
     * Most commands that wait in one queue. Each keeps a thread: with more, the commands of one
     * customer would delay all others.
     */
    static final int MAX_WAITING = 32;

    /** Most commands of one queue that wait for the store, each after it has passed its turn on. */
    static final int MAX_PASSED = 16;

    /**
     * Most commands that wait in all queues, or for the store after their turn: less than half of
     * the threads that serve requests.
     */
    static final int MAX_WAITING_IN_NODE = 48;

    /** Longest pause before the second attempt; it doubles with each further one. */
    static final Duration FIRST_PAUSE = Duration.ofMillis(10);

    @Inject InstantSource clock;
    @Inject TurnMetrics metrics;

    private final ReentrantLock[] queues =
            IntStream.range(0, QUEUES)
                    .mapToObj(i -> new ReentrantLock(true))
                    .toArray(ReentrantLock[]::new);
    private final AtomicInteger waiting = new AtomicInteger();

    /** Commands of each queue that wait for the store after their turn. */
    private final AtomicIntegerArray passed = new AtomicIntegerArray(QUEUES);

    /**
     * Runs a command in the customer's turn.
     *
     * @param attempt runs the command as of a time, in a transaction of its own
     * @throws Busy if too many wait, if other nodes win every race, or if the node stops
     * @throws StoreUnavailable if the turn does not come in time
     */
    public <T> T take(String customerId, Function<Instant, T> attempt) {
        return take(customerId, (turn, now) -> attempt.apply(now));
    }

    /**
     * Runs a command in the customer's turn. The last part of the turn, which the attempt runs by
     * {@link Turn#last}, passes it on once the store knows what it appends.
     *
     * @param attempt runs the command as of a time, in a transaction of its own
     * @throws Busy if too many wait, if other nodes win every race, or if the node stops
     * @throws StoreUnavailable if the turn does not come in time
     */
    public <T> T take(String customerId, BiFunction<Turn, Instant, T> attempt) {
        var number = Math.floorMod(customerId.hashCode(), QUEUES);
        try (var place = new Place(number)) {
            var turn = place.enter();
            for (int attempts = 1; ; attempts++) {
                try {
                    return attempt.apply(turn, clock.instant());
                } catch (WrongVersion e) {
                    metrics.lostRace();
                    if (attempts == MAX_ATTEMPTS) throw new Busy(Reason.LOST_EVERY_RACE);
                }
                pause(attempts);
                if (turn.isPassed()) turn = place.enter();
            }
        }
    }

    /** The place of one command in a queue. */
    private final class Place implements Turn.Pass, AutoCloseable {

        private final int number;
        private final ReentrantLock queue;
        private boolean hasTurn;
        private boolean waitsForStore;

        Place(int number) {
            this.number = number;
            this.queue = queues[number];
        }

        /** Waits for the turn, perhaps another one. */
        Turn enter() {
            close();
            // A fair lock lets nobody in before those who wait, but only if it is asked so.
            if (queue.hasQueuedThreads() || !queue.tryLock()) await(queue);
            hasTurn = true;
            return new Turn(this);
        }

        @Override
        public boolean tryIt() {
            if (!queue.hasQueuedThreads()) return false;
            waitsForStore = true;
            var inQueue = passed.incrementAndGet(number);
            var inNode = waiting.incrementAndGet();
            if (inQueue > MAX_PASSED || inNode > MAX_WAITING_IN_NODE) {
                stopWaiting();
                return false;
            }
            hasTurn = false;
            queue.unlock();
            return true;
        }

        private void stopWaiting() {
            waitsForStore = false;
            passed.decrementAndGet(number);
            waiting.decrementAndGet();
        }

        @Override
        public void close() {
            if (waitsForStore) stopWaiting();
            if (hasTurn) queue.unlock();
            hasTurn = false;
        }
    }

    private void await(ReentrantLock queue) {
        var began = System.nanoTime();
        try {
            var mayWait =
                    waiting.incrementAndGet() <= MAX_WAITING_IN_NODE
                            && queue.getQueueLength() < MAX_WAITING;
            if (!mayWait) throw new Busy(Reason.QUEUE_TOO_LONG);
            if (queue.tryLock(Deadline.shorten(MAX_WAIT).toNanos(), TimeUnit.NANOSECONDS)) return;
        } catch (InterruptedException e) {
            throw stopping();
        } finally {
            waiting.decrementAndGet();
            metrics.waited(System.nanoTime() - began);
        }
        // The commands before this one were stored too slowly.
        throw StoreUnavailable.of(Outage.NOT_IN_TIME, null);
    }

    private static void pause(int attempts) {
        var longest = FIRST_PAUSE.toMillis() << (attempts - 1);
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(longest));
        } catch (InterruptedException e) {
            throw stopping();
        }
    }

    private static Busy stopping() {
        Thread.currentThread().interrupt();
        return new Busy(Reason.NODE_STOPS);
    }
}
