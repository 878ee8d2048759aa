package dev.tally.licensing.provisional;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.tally.availability.Outage;
import dev.tally.availability.StoreState;
import dev.tally.availability.StoreUnavailable;
import dev.tally.deadline.Deadline;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.eventstore.WrongVersion;
import dev.tally.fallback.JournalUnavailable;
import dev.tally.ids.CustomerId;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReconcileAcquire;
import dev.tally.licensing.domain.Command.ReconcileRenewal;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.provisional.Promise.Acquired;
import dev.tally.licensing.provisional.Promise.Renewed;
import dev.tally.licensing.provisional.Promise.Started;
import dev.tally.licensing.provisional.Promises.Waiting;
import dev.tally.licensing.write.Asked;
import dev.tally.licensing.write.Busy;
import dev.tally.licensing.write.CustomerTurns;
import dev.tally.licensing.write.LicenseOutcome;
import dev.tally.licensing.write.ReconcileAcquireHandler;
import dev.tally.licensing.write.ReconcileRenewalHandler;
import dev.tally.licensing.write.Rejected;
import dev.tally.licensing.write.Rejected.Reason;
import dev.tally.licensing.write.ReportHandler;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Takes promises into the store once it answers: page by page, those that wait longest first, one
 * customer at a time, so that the store that has just come back is not brought down again. A
 * command of a customer does not wait for that: it takes the customer's promises first.
 *
 * <p>A promise is forgotten after it is stored. If the node ends in between, it is taken again and
 * found in the history by its command's id, and by the license's.
 */
@ApplicationScoped
public class Reconciliation {

    private static final Logger LOG = Logger.getLogger(Reconciliation.class.getName());

    /** Pause between two rounds. */
    private static final long PAUSE_MILLIS = 500;

    /** Most promises that one round looks at. */
    private static final int PROMISES = 500;

    /** Pause in which a command of the same customer, on this node or another, comes in between. */
    private static final Duration BREATH = Duration.ofMillis(20);

    /**
     * Most promises that a round takes in one turn of a customer, whose commands wait meanwhile.
     */
    private static final int OF_A_TURN = 10;

    @Inject Promises promises;
    @Inject StoreState store;
    @Inject CustomerTurns turns;
    @Inject ReconcileAcquireHandler acquired;
    @Inject ReconcileRenewalHandler renewed;
    @Inject ReportHandler reports;
    @Inject ProvisionalMetrics metrics;

    @Resource ManagedScheduledExecutorService scheduler;

    /** Promises that could not be taken, for a fault of ours: each is tried once a minute. */
    private final Cache<String, Boolean> postponed =
            Caffeine.newBuilder()
                    .expireAfterWrite(Duration.ofMinutes(1))
                    .maximumSize(PROMISES)
                    .build();

    /**
     * Id of the last promise of the round before; the next one goes on from there. So promises that
     * cannot be taken, however many, keep no others waiting.
     */
    private String last = "";

    private Future<?> rounds;
    private volatile boolean stops;

    void begin(@Observes Startup started) {
        rounds =
                scheduler.scheduleWithFixedDelay(
                        this::round, PAUSE_MILLIS, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void stop() {
        stops = true;
        if (rounds != null) rounds.cancel(false);
    }

    private void round() {
        try {
            while (mayGoOn() && reconcileSome()) LockSupport.parkNanos(BREATH.toNanos());
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "Promises wait on", e);
        }
    }

    private boolean mayGoOn() {
        return !stops && !promises.areNone() && !store.isAway();
    }

    /** Takes some promises of each customer on a page; true if some that can be taken are left. */
    private boolean reconcileSome() {
        var page = promises.page(last, PROMISES);
        var customers = new ArrayList<>(page.stream().map(Waiting::customer).distinct().toList());
        // Other nodes have promises to the same customers: in the same order they would meet.
        Collections.shuffle(customers);
        var areSomeLeft = false;
        for (var customer : customers) {
            if (!mayGoOn()) return false;
            if (reconcile(customer)) areSomeLeft = true;
        }
        if (!areSomeLeft) last = page.size() < PROMISES ? "" : page.getLast().id();
        return areSomeLeft;
    }

    private boolean reconcile(CustomerId customer) {
        try {
            return turns.take(customer.value(), now -> takeSome(customer, now));
        } catch (Busy | StoreUnavailable | UnreadableHistory e) {
            LOG.log(Level.FINE, "Promises of customer " + customer + " wait on", e);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "Promises of customer " + customer + " cannot be taken", e);
        }
        return false;
    }

    /** Takes some promises of a customer; true if it left some. */
    private boolean takeSome(CustomerId customer, Instant now) {
        try {
            var waiting = waiting(customer);
            for (int i = 0; i < OF_A_TURN && waiting.hasNext(); i++) {
                takeAndForget(waiting.next(), now);
            }
            return waiting.hasNext();
        } catch (JournalUnavailable e) {
            waitOn(e);
            return false;
        }
    }

    /**
     * Takes the promises of a customer, in the customer's turn, before a command of the customer.
     *
     * @param reserve time that the command itself needs, of the thread's deadline
     * @throws StoreUnavailable if there is no more time, and promises are left
     */
    public void take(CustomerId customer, Instant now, Duration reserve) {
        if (promises.areNone()) return;
        try {
            inTime(waiting(customer), reserve, promise -> takeAndForget(promise, now));
        } catch (JournalUnavailable e) {
            waitOn(e);
        }
    }

    /**
     * Takes one after another. A command that used all its time for that would end in the middle of
     * a use of the database, and the database would seem to be slow; so it is told to come again,
     * and some are taken then.
     */
    static void inTime(Iterator<Promise> waiting, Duration reserve, Consumer<Promise> take) {
        while (waiting.hasNext()) {
            var promise = waiting.next();
            while (!attempt(promise, reserve, take)) LockSupport.parkNanos(BREATH.toNanos());
        }
    }

    /** Tries to take a promise; false if another command of the customer came first. */
    private static boolean attempt(Promise promise, Duration reserve, Consumer<Promise> take) {
        if (Deadline.shorten(reserve).compareTo(reserve) < 0) {
            throw StoreUnavailable.of(Outage.CATCHING_UP, null);
        }
        try {
            take.accept(promise);
            return true;
        } catch (WrongVersion e) {
            return false;
        }
    }

    /**
     * The promises of a customer that are to be taken now. It ends with {@link UnreadableHistory}
     * at the first that only a newer release can read.
     */
    private Iterator<Promise> waiting(CustomerId customer) {
        return promises.of(customer)
                .filter(promise -> postponed.getIfPresent(promise.id()) == null)
                .iterator();
    }

    /** A disk that fails keeps no command from the store. What is taken again is found there. */
    private static void waitOn(JournalUnavailable e) {
        LOG.log(Level.WARNING, "Promises wait on: {0}", e.getMessage());
    }

    /** A promise that cannot be taken keeps no other, and no command, from the store. */
    private void takeAndForget(Promise promise, Instant now) {
        try {
            take(promise, now);
            promises.forget(promise);
            metrics.reconciled();
        } catch (WrongVersion | StoreUnavailable | UnreadableHistory | JournalUnavailable e) {
            throw e;
        } catch (RuntimeException e) {
            postponed.put(promise.id(), true);
            LOG.log(Level.WARNING, e, () -> "Promise " + promise.id() + " is tried again later");
        }
    }

    /** Takes one promise, which this node may have given or not. */
    public void take(Promise promise, Instant now) {
        try {
            take(promise, promise.asked(), now);
        } catch (Rejected e) {
            if (e.reason() != Reason.KEY_REUSED) {
                refused(promise, e.getMessage());
                return;
            }
            // Meanwhile the caller has used the key for another command, elsewhere.
            take(promise, Asked.once(promise.id(), null, promise.asked().caller()), now);
        }
    }

    private void take(Promise promise, Asked asked, Instant now) {
        switch (promise.what()) {
            case Acquired what ->
                    took(promise, acquired.handle(command(promise, what, now), asked));
            case Renewed what -> took(promise, renewed.handle(command(promise, what, now), asked));
            case Started what -> start(promise, what, asked, now);
        }
    }

    private static ReconcileAcquire command(Promise promise, Acquired what, Instant now) {
        var issued = what.issued();
        return new ReconcileAcquire(
                promise.customer(),
                new Wish(
                        issued.type(),
                        issued.title(),
                        issued.device(),
                        what.deviceName(),
                        issued.plan()),
                issued.studio(),
                // The promise's own id serves if another license has taken that of this one.
                new NewIds(issued.license(), new LicenseId(promise.id()), what.download()),
                promise.at(),
                promise.until(),
                now);
    }

    private static ReconcileRenewal command(Promise promise, Renewed what, Instant now) {
        return new ReconcileRenewal(
                promise.customer(),
                what.license(),
                what.download(),
                promise.at(),
                promise.until(),
                now);
    }

    private void took(Promise promise, LicenseOutcome outcome) {
        if (outcome.license() == null) {
            refused(promise, "the customer has no such license");
            return;
        }
        var isRecorded = outcome.decision() instanceof Allowed;
        if (isRecorded && !outcome.license().overLimit().isEmpty()) metrics.overLimit();
    }

    private void start(Promise promise, Started what, Asked asked, Instant now) {
        var report = new Report(what.session(), Kind.START, what.license(), promise.at());
        var done = reports.handle(promise.customer(), List.of(report), now, asked);
        var item = done.items().getFirst();
        if (item.rejected() != null) {
            refused(promise, item.rejected().getMessage());
            return;
        }
        var result = item.reported().result();
        switch (result) {
            case RECORDED, DUPLICATE, ACKNOWLEDGED, ENDED -> {}
            case DENIED, ANOTHER_LICENSE, FULL, TOO_MANY_UNSTARTED ->
                    refused(promise, "the START is " + result);
        }
    }

    private void refused(Promise promise, String why) {
        metrics.refused();
        LOG.log(
                Level.WARNING,
                "Promise {0} of license {1} cannot be taken: {2}",
                new Object[] {promise.id(), promise.what().license(), why});
    }
}
