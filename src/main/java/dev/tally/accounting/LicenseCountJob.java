package dev.tally.accounting;

import dev.tally.availability.Pace;
import dev.tally.runtime.SchemaReady;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.Asynchronous;
import jakarta.enterprise.concurrent.Schedule;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/** Looks every minute whether a round of {@link LicenseCount} is due. */
@ApplicationScoped
public class LicenseCountJob {

    private static final Logger LOG = Logger.getLogger(LicenseCountJob.class.getName());

    @Resource(lookup = "jdbc/tallyOwner")
    DataSource owner;

    @Inject InstantSource clock;
    @Inject Pace pace;
    @Inject LicenseCountJob self;

    @Inject
    @ConfigProperty(name = "tally.count.interval", defaultValue = "PT1H")
    Duration interval;

    private final AtomicBoolean running = new AtomicBoolean();
    private volatile boolean migrated;

    void schedule(@Observes Startup started) {
        self.tick();
    }

    void atStart(@Observes SchemaReady ready) {
        migrated = true;
    }

    /** The container schedules the method because it is public and called through the proxy. */
    @Asynchronous(runAt = @Schedule(cron = "0 * * * * *"))
    public void tick() {
        if (!migrated || !running.compareAndSet(false, true)) return;
        try {
            new LicenseCount(owner).bringUpToDate(clock.instant().minus(interval), pace::restAfter);
        } catch (SQLException e) {
            LOG.log(Level.WARNING, "Licenses are not counted yet: {0}", e.getMessage());
        } catch (InterruptedException e) {
            // The server stops. The next round goes on from here.
            Thread.currentThread().interrupt();
        } finally {
            running.set(false);
        }
    }
}
