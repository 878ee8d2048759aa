package dev.tally.availability;

import dev.tally.deadline.Deadline;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;

import java.time.Duration;

/**
 * Stands before everything that asks the database for a request. It refuses at once while the store
 * is away, sets a deadline where the request has none, and throws {@link StoreUnavailable} for
 * every way of not answering. It stands outside of transactions, whose end may fail too.
 */
@Guarded
@Interceptor
@Priority(Interceptor.Priority.PLATFORM_BEFORE + 100)
class Guard {

    /** Longest use of the database by a request that has no deadline of its own. */
    static final Duration LIMIT = Duration.ofMillis(2_800);

    @Inject StoreState store;
    @Inject Circuit circuit;
    @Inject Connections connections;

    @AroundInvoke
    Object guard(InvocationContext called) throws Exception {
        store.refuseIfAway();
        return Deadline.isSet() ? use(called) : Deadline.within(LIMIT, () -> use(called));
    }

    private Object use(InvocationContext called) throws Exception {
        connections.take();
        try {
            // While this request waited, others may have found out.
            store.refuseIfAway();
            return circuit.pass(called::proceed);
        } finally {
            connections.give();
        }
    }
}
