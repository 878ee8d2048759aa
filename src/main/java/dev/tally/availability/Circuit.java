package dev.tally.availability;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.faulttolerance.exceptions.BulkheadException;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;

import java.util.concurrent.Callable;

/** Passes uses of the database through the {@link Breaker}, and notes when it opens. */
@ApplicationScoped
class Circuit {

    @Inject Breaker breaker;
    @Inject StoreState store;

    /**
     * Calls something that uses the database.
     *
     * @throws StoreUnavailable if the database does not answer
     */
    Object pass(Callable<?> use) throws Exception {
        try {
            return breaker.call(use);
        } catch (StoreAway e) {
            store.failed(e);
            throw e;
        } catch (CircuitBreakerOpenException e) {
            throw store.opened(e);
        } catch (BulkheadException e) {
            throw StoreUnavailable.of(Outage.BUSY, e);
        }
    }
}
