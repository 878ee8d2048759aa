package dev.tally.availability;

import dev.tally.deadline.Deadline;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * A use of the database for a request. It is refused at once while the store is away, gets a
 * deadline where the request has none, and throws {@link StoreUnavailable} for every way of not
 * answering.
 */
@ApplicationScoped
public class GuardedUse {

    /** Longest use of the database by a request that has no deadline of its own. */
    static final Duration LIMIT = Duration.ofMillis(2_800);

    @Inject StoreState store;
    @Inject Circuit circuit;
    @Inject Connections connections;

    /**
     * Uses the database, where a part of a method does and the rest of it only waits. This is a
     * call, and not an interceptor as {@link Guarded} is, because each command comes here twice.
     *
     * @throws StoreUnavailable if the database does not answer
     */
    @SuppressWarnings("unchecked") // it returns what the supplier returns
    public <T> T of(Supplier<T> use) {
        try {
            return (T) call(use::get);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("a supplier throws no such exception", e);
        }
    }

    /**
     * Uses the database.
     *
     * @throws StoreUnavailable if the database does not answer
     */
    public Object call(Callable<?> use) throws Exception {
        store.refuseIfAway();
        return Deadline.isSet() ? connected(use) : Deadline.within(LIMIT, () -> connected(use));
    }

    private Object connected(Callable<?> use) throws Exception {
        connections.take();
        try {
            // While this request waited, others may have found out.
            store.refuseIfAway();
            return circuit.pass(use);
        } finally {
            connections.give();
        }
    }
}
