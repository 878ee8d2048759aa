package dev.tally.availability;

import dev.tally.runtime.Ticks;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.faulttolerance.Bulkhead;
import org.eclipse.microprofile.faulttolerance.CircuitBreaker;

import java.util.concurrent.Callable;

/**
 * The limits of what one node asks of its database at a time, and how often it may fail. All uses
 * share one method, and so one circuit. Its numbers are settings of MicroProfile Config, such as
 * {@code dev.tally.availability.Breaker/call/CircuitBreaker/failureRatio}.
 */
@ApplicationScoped
public class Breaker {

    @Inject StoreState store;

    /**
     * Calls something that uses the database.
     *
     * <p>The circuit opens once ten uses in a row found the store away. Fewer, or successes among
     * them, are no reason to: the circuit would count failures that are long over, and open while
     * the database serves. The {@link StoreProbe} finds out about those. A trial may come soon
     * after, since only the probe makes one.
     *
     * @throws org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException if too
     *     many failed lately
     * @throws org.eclipse.microprofile.faulttolerance.exceptions.BulkheadException if too many are
     *     under way
     */
    @CircuitBreaker(
            failOn = StoreAway.class,
            requestVolumeThreshold = 10,
            failureRatio = 1,
            delay = 300,
            successThreshold = 1)
    @Bulkhead(64)
    public Object call(Callable<?> use) throws Exception {
        var begun = Ticks.nanos();
        try {
            return use.call();
        } catch (StoreUnavailable e) {
            throw e;
        } catch (Exception e) {
            var outage = Outage.behind(e);
            if (outage.isEmpty()) throw e;
            // A use that began before the database came back says nothing about it any more.
            if (store.hasComeBackSince(begun)) throw new StoreUnavailable(outage.get(), e);
            throw StoreUnavailable.of(outage.get(), e);
        }
    }
}
