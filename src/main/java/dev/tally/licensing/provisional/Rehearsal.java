package dev.tally.licensing.provisional;

import dev.tally.availability.StoreState;
import dev.tally.availability.StoreUnavailable;
import dev.tally.catalog.Catalog;
import dev.tally.catalog.Title;
import dev.tally.eventstore.EventStore;
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
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.AccountModel;
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
 * Does what a command takes before the first command comes, and takes it back. Code that runs for
 * the first time is slow: the first members would wait longer than a member may, and get promises
 * from a store that answers. A node is ready once it has rehearsed.
 */
@ApplicationScoped
class Rehearsal {

    private static final Logger LOG = Logger.getLogger(Rehearsal.class.getName());

    private static final long LOOK_MILLIS = 50;

    /** Rehearsed commands. The first takes hundreds of milliseconds, the last a few. */
    private static final int TIMES = 10;

    @Inject StoreState store;
    @Inject EventStore events;
    @Inject Commands commands;
    @Inject Catalog catalog;
    @Inject LicensingQueries queries;
    @Inject InstantSource clock;

    @Resource ManagedScheduledExecutorService scheduler;

    private Future<?> looking;
    private volatile boolean isOver;

    void begin(@Observes Startup started) {
        looking =
                scheduler.scheduleWithFixedDelay(
                        this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void stop() {
        if (looking != null) looking.cancel(true);
    }

    boolean isOver() {
        return isOver;
    }

    private void look() {
        if (isOver || store.isAway()) return;
        try {
            for (int i = 0; i < TIMES; i++) rehearse();
        } catch (StoreUnavailable e) {
            // The store is slow or gone, so slow answers are not this node's.
            LOG.log(Level.FINE, "The rehearsal broke off", e);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "Commands could not be rehearsed", e);
        }
        isOver = true;
        looking.cancel(false);
    }

    private void rehearse() {
        var customer = new CustomerId("rehearsal-" + Ids.next());
        catalog.titles("", 1).forEach(title -> decide(customer, title));
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
        var wish =
                new Wish(LicenseType.DOWNLOAD, title.id(), new DeviceId("rehearsal"), null, null);
        var license = new LicenseId(Ids.next());
        var ids = new NewIds(license, license, new DownloadId(Ids.next()));
        var unused =
                queries.decide(
                        new AcquireLicense(customer, wish, ids, clock.instant()),
                        queries.account(customer, clock.instant()));
    }

    /** The events of an acquire. */
    private static List<Record> sample(Instant now) {
        var license = new LicenseId(Ids.next());
        var title = new TitleId("rehearsal");
        var device = new DeviceId("rehearsal");
        return List.of(
                new LicenseIssued(
                        license,
                        title,
                        new StudioId("rehearsal"),
                        device,
                        LicenseType.DOWNLOAD,
                        new PlanId("rehearsal"),
                        now,
                        now,
                        null,
                        null,
                        1),
                new DownloadCounted(
                        new DownloadId(Ids.next()),
                        title,
                        license,
                        now,
                        CountCause.ACQUIRED,
                        null,
                        1),
                new DeviceActivated(device, null, now));
    }
}
