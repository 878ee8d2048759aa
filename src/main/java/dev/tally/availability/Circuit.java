package dev.tally.availability;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.faulttolerance.exceptions.BulkheadException;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;

import java.util.concurrent.Callable;

/** Passes uses of the database through the {@link Breaker}, and notes when it opens. */
@ApplicationScoped
class Circuit {

    /** Far more failures than open the circuit, whatever its settings. */
    private static final int MOST_FAILURES = 1_000;

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

    /**
     * Opens the circuit for a reason that no request has found. A circuit forgets what failed when
     * it closes after it was open. If it stayed closed all the time, what failed before the
     * database came back would count together with what fails afterwards.
     */
    void open(StoreAway why, String cause) throws Exception {
        store.leave(why.outage(), cause);
        for (int i = 0; i < MOST_FAILURES; i++) {
            try {
                breaker.call(
                        () -> {
                            throw why;
                        });
            } catch (CircuitBreakerOpenException e) {
                return;
            } catch (StoreAway | BulkheadException e) {
                // The circuit counts this failure, and may not have enough of them yet.
            }
        }
    }
}
