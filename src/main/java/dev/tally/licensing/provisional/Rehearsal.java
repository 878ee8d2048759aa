package dev.tally.licensing.provisional;

import dev.tally.availability.StoreAnswers;
import dev.tally.availability.StoreState;
import dev.tally.availability.StoreUnavailable;
import dev.tally.catalog.Catalog;
import dev.tally.catalog.Title;
import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.EventStore;
import dev.tally.fallback.Journal;
import dev.tally.fallback.JournalUnavailable;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.AccountModel;
import dev.tally.licensing.write.Asked;
import dev.tally.licensing.write.LicensingQueries;
import dev.tally.runtime.Ids;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Does what a command and a promise take before the first member comes, and takes it back. Code
 * that runs for the first time is slow: the first members would wait longer than a member may, and
 * get promises from a store that answers. A node is ready once it has rehearsed what it is going to
 * answer with.
 */
@ApplicationScoped
class Rehearsal {

    private static final Logger LOG = Logger.getLogger(Rehearsal.class.getName());

    private static final long LOOK_MILLIS = 50;

    /** How often each is rehearsed. The first takes hundreds of milliseconds, the last a few. */
    private static final int TIMES = 10;

    /** Most rehearsals with a store that came back. */
    private static final int MAX_ATTEMPTS = 10;

    private static final Title TITLE =
            new Title(new TitleId("rehearsal"), "", new StudioId("rehearsal"), null, null);

    private static final DeviceId DEVICE = new DeviceId("rehearsal");
    private static final PlanId PLAN = new PlanId("rehearsal");

    @Inject StoreState store;
    @Inject EventStore events;
    @Inject Commands commands;
    @Inject Provisionally provisionally;
    @Inject Journal journal;
    @Inject Catalog catalog;
    @Inject LicensingQueries queries;
    @Inject InstantSource clock;

    @Resource ManagedScheduledExecutorService scheduler;

    /** Rehearsals that were begun with a store that came back. */
    private int attempts;

    private Future<?> looking;
    private volatile boolean commandsAreOver;
    private volatile boolean promisesAreOver;

    void begin(@Observes Startup started) {
        looking =
                scheduler.scheduleWithFixedDelay(
                        this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Rehearses commands on a node that has begun without its database: its members go on getting
     * promises until it is over. A store that fails it again and again is left to members: the
     * circuit knows what to do.
     */
    void beforeMembers(@Observes StoreAnswers answers) {
        if (commandsAreOver) return;
        attempts++;
        try {
            for (int i = 0; i < TIMES; i++) command();
        } catch (StoreUnavailable e) {
            if (attempts < MAX_ATTEMPTS) throw e;
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "The rehearsal failed", e);
        }
        commandsAreOver = true;
    }

    @PreDestroy
    void stop() {
        if (looking != null) looking.cancel(true);
    }

    /** True if the store can answer a member soon. */
    boolean commandsAreOver() {
        return commandsAreOver;
    }

    /** True if this node can promise soon. */
    boolean promisesAreOver() {
        return promisesAreOver;
    }

    private void look() {
        if (!promisesAreOver && catalog.known().isPresent() && journal.isWritable()) {
            repeat(this::promise);
            promisesAreOver = true;
        }
        if (!commandsAreOver && !store.isAway()) {
            repeat(this::command);
            commandsAreOver = true;
        }
        if (promisesAreOver && commandsAreOver) looking.cancel(false);
    }

    private static void repeat(Runnable part) {
        try {
            for (int i = 0; i < TIMES; i++) part.run();
        } catch (StoreUnavailable | JournalUnavailable e) {
            // The store or the disk is slow or gone, so slow answers are not this node's.
            LOG.log(Level.FINE, "The rehearsal broke off", e);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "The rehearsal failed", e);
        }
    }

    private static CustomerId nobody() {
        return new CustomerId("rehearsal-" + Ids.next());
    }

    private void promise() {
        var command = acquire(nobody(), TITLE.id(), PLAN);
        var asked = Asked.once(Ids.next(), null, new Caller("rehearsal", null));
        provisionally.rehearse(command, TITLE, asked);
    }

    private void command() {
        var customer = nobody();
        catalog.titles("", 1).forEach(title -> decide(customer, title));
        // A promise is looked for before it is taken in.
        var granted = new Aggregate(LicenseEvent.AGGREGATE, Ids.next());
        var unused = events.trace(customer.value(), granted);
        commands.take(
                customer,
                null,
                now -> {
                    events.rehearse(
                            customer.value(), AccountModel.FOLD, clock.instant(), sample(now));
                    return null;
                });
    }

    private void decide(CustomerId customer, Title title) {
        var account = queries.account(customer, clock.instant());
        var unused = queries.decide(acquire(customer, title.id(), null), account);
    }

    private AcquireLicense acquire(CustomerId customer, TitleId title, PlanId plan) {
        var wish = new Wish(LicenseType.DOWNLOAD, title, DEVICE, null, plan);
        var license = new LicenseId(Ids.next());
        var ids = new NewIds(license, license, new DownloadId(Ids.next()));
        return new AcquireLicense(customer, wish, ids, clock.instant());
    }

    /** The events of an acquire. */
    private static List<Record> sample(Instant now) {
        var license = new LicenseId(Ids.next());
        return List.of(
                new LicenseIssued(
                        license,
                        TITLE.id(),
                        TITLE.studio(),
                        DEVICE,
                        LicenseType.DOWNLOAD,
                        PLAN,
                        now,
                        now,
                        null,
                        null,
                        1),
                new DownloadCounted(
                        new DownloadId(Ids.next()),
                        TITLE.id(),
                        license,
                        now,
                        CountCause.ACQUIRED,
                        null,
                        1),
                new DeviceActivated(DEVICE, null, now));
    }
}
