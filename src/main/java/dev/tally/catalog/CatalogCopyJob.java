package dev.tally.catalog;

import dev.tally.availability.LostWrites;
import dev.tally.availability.StoreState;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.Asynchronous;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.concurrent.Schedule;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Opens this node's {@link CatalogCopy} at the start and refreshes it, in the background. */
@ApplicationScoped
public class CatalogCopyJob {

    /** Name of the file in the folder of what a node keeps for an outage. */
    private static final String FILE = "catalogue.sqlite";

    /** Time between a write of this node and the refresh for it, so that many writes share one. */
    private static final Duration DELAY = Duration.ofSeconds(1);

    @Inject CatalogRows rows;
    @Inject StoreState store;
    @Inject LostWrites said;
    @Inject InstantSource clock;
    @Inject CatalogCopyJob self;
    @Resource ManagedScheduledExecutorService executor;

    @Inject
    @ConfigProperty(name = "tally.fallback.folder")
    String folder;

    @Inject
    @ConfigProperty(name = "tally.fallback.catalogue-age", defaultValue = "PT24H")
    Duration longestAge;

    private final AtomicBoolean asked = new AtomicBoolean();
    private CatalogCopy copy;
    private LostCatalog lost;

    @PostConstruct
    void prepare() {
        lost = new LostCatalog(rows, said);
        var path = Path.of(folder, FILE);
        copy = new CatalogCopy(rows, lost, clock, path, CopyFile.MAX_PAGES, longestAge);
    }

    @PreDestroy
    void close() {
        copy.close();
    }

    CatalogCopy copy() {
        return copy;
    }

    void schedule(@Observes Startup started) {
        executor.execute(copy::open);
        self.tick();
    }

    /** The container schedules the method because it is public and called through the proxy. */
    @Asynchronous(runAt = @Schedule(cron = "*/5 * * * * *"))
    public void tick() {
        if (!store.isAway()) copy.refresh();
    }

    /** Remembers titles that this node has just stored, and lets the copy take them over. */
    void stored(Collection<TitleVersion> titles) {
        lost.remember(titles);
        refreshSoon();
    }

    /** Remembers a policy that this node has just stored, and lets the copy take it over. */
    void stored(PolicyRow policy) {
        lost.remember(policy);
        refreshSoon();
    }

    /** Lets the copy follow the database soon. */
    void refreshSoon() {
        if (!asked.compareAndSet(false, true)) return;
        var unused =
                executor.schedule(this::refreshAsAsked, DELAY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void refreshAsAsked() {
        asked.set(false);
        tick();
    }
}
