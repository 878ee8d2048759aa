package dev.tally.availability;

import dev.tally.runtime.Ticks;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.faulttolerance.Bulkhead;
import org.eclipse.microprofile.faulttolerance.CircuitBreaker;

import java.util.concurrent.Callable;

/**
 * The limits of what one node asks of its database at a time, and how much of it may fail. All uses
 * share one method, and so one circuit. Its numbers are settings of MicroProfile Config, such as
 * {@code dev.tally.availability.Breaker/call/CircuitBreaker/failureRatio}.
 */
@ApplicationScoped
public class Breaker {

    /** Number of the last uses that the circuit looks at. */
    static final int USES = 10;

    @Inject StoreState store;

    /**
     * Calls something that uses the database.
     *
     * <p>The circuit opens once three of ten uses found the store away: a command that its memory
     * could decide reads in vain less often than it writes, and after each failure {@link Circuit}
     * asks whether it has opened, which counts as a success. Successes that follow a few failures
     * must not open it: see {@link Circuit#fill}. A trial may come soon after, since only the
     * {@link StoreProbe} makes one.
     *
     * @throws org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException if too
     *     many failed lately
     * @throws org.eclipse.microprofile.faulttolerance.exceptions.BulkheadException if too many are
     *     under way
     */
    @CircuitBreaker(
            failOn = StoreAway.class,
            requestVolumeThreshold = USES,
            failureRatio = 0.3,
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
