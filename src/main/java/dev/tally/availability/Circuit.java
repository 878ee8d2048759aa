package dev.tally.availability;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.faulttolerance.exceptions.BulkheadException;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;

import java.util.concurrent.Callable;

/** Passes uses of the database through the {@link Breaker}, and notes when it opens. */
@ApplicationScoped
class Circuit {

    @Inject Breaker breaker;
    @Inject StoreState store;
    @Inject Connections connections;

    @Inject
    @ConfigProperty(
            name = "dev.tally.availability.Breaker/call/CircuitBreaker/requestVolumeThreshold",
            defaultValue = "" + Breaker.USES)
    int uses;

    /**
     * Calls something that uses the database.
     *
     * @throws StoreUnavailable if the database does not answer
     */
    public Object pass(Callable<?> use) throws Exception {
        try {
            var answer = breaker.call(use);
            connections.timely();
            return answer;
        } catch (StoreAway e) {
            store.failed(e);
            if (e.outage() == Outage.NOT_IN_TIME) connections.late();
            noticeIfOpen();
            throw e;
        } catch (CircuitBreakerOpenException e) {
            throw store.opened(e);
        } catch (BulkheadException e) {
            throw StoreUnavailable.of(Outage.BUSY, e);
        }
    }

    /**
     * Asks the circuit whether the failure that it has just counted opened it. Otherwise nobody
     * would know on a quiet node: the first request after the circuit's delay would be the trial
     * that closes it, and nobody would {@link #fill} it.
     */
    private void noticeIfOpen() throws Exception {
        if (store.isAway()) return;
        try {
            var unused = breaker.call(() -> true);
        } catch (CircuitBreakerOpenException e) {
            var unused = store.opened(e);
        } catch (BulkheadException e) {
            // So many uses are under way that the next of them that fails asks.
        }
    }

    /**
     * Lets the circuit begin with as many successes as it looks at. When it closes, it knows none:
     * it would wait for so many uses before it counts, and a few failures, however long ago, would
     * open it when the first successes make up the number. From then on only a failure opens it.
     *
     * @throws StoreUnavailable if it opens meanwhile
     */
    void fill() throws Exception {
        for (int i = 0; i < uses; i++) {
            var unused = pass(() -> true);
        }
    }
}
