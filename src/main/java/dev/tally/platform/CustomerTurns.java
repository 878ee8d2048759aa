package dev.tally.platform;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Commands of one customer take turns in this node, so that they queue in memory rather than
 * collide in the database. Against other nodes the store's compare-and-set decides, and the loser
 * ({@link LostRace}) tries again with fresh state. Customers share a fixed number of queues: a
 * shared one costs a wait, never correctness.
 */
@ApplicationScoped
public class CustomerTurns {

    /** Queues; far more than there are threads. */
    static final int QUEUES = 4_096;

    /** Attempts of one command before its caller hears that it lost. */
    static final int MAX_ATTEMPTS = 5;

    /** How long a command waits for its turn. */
    static final Duration MAX_WAIT = Duration.ofSeconds(5);

    static final Duration RETRY_AFTER_BUSY = Duration.ofSeconds(1);

    /** The longest pause before an attempt, doubled with each. */
    static final Duration FIRST_PAUSE = Duration.ofMillis(5);

    @Inject InstantSource clock;

    private final ReentrantLock[] queues =
            IntStream.range(0, QUEUES)
                    .mapToObj(i -> new ReentrantLock(true))
                    .toArray(ReentrantLock[]::new);

    /**
     * Runs a command in the customer's turn.
     *
     * @param attempt runs the command as of a time, in a transaction of its own
     * @throws ProblemException {@link ProblemType#UNAVAILABLE} if the turn does not come in time,
     *     {@link ProblemType#CONFLICT} if other nodes win every race
     */
    public <T> T take(String customerId, Function<Instant, T> attempt) {
        var queue = queues[Math.floorMod(customerId.hashCode(), QUEUES)];
        enter(queue);
        try {
            return attempt(attempt);
        } finally {
            queue.unlock();
        }
    }

    private static void enter(ReentrantLock queue) {
        try {
            if (queue.tryLock(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new ProblemException(
                        ProblemType.UNAVAILABLE, "Too many commands of this customer are waiting.")
                .retryAfter(RETRY_AFTER_BUSY);
    }

    private <T> T attempt(Function<Instant, T> attempt) {
        for (int number = 1; ; number++) {
            try {
                return attempt.apply(clock.instant());
            } catch (LostRace e) {
                if (number == MAX_ATTEMPTS) {
                    throw new ProblemException(
                                    ProblemType.CONFLICT,
                                    "Other commands of this customer came first each time.")
                            .retryAfter(RETRY_AFTER_BUSY);
                }
                pause(number);
            }
        }
    }

    private static void pause(int attempts) {
        var longest = FIRST_PAUSE.toMillis() << attempts;
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(longest));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
