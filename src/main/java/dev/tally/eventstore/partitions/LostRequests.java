package dev.tally.eventstore.partitions;

import dev.tally.availability.StoreReplaced;
import dev.tally.availability.StoreState;
import dev.tally.runtime.SchemaReady;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.Asynchronous;
import jakarta.enterprise.concurrent.Schedule;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Looks, when another server answers for the database, which operators' requests it has lost. Legal
 * holds come first, so that an erasure that is requested again finds them.
 */
@ApplicationScoped
public class LostRequests {

    private static final Logger LOG = Logger.getLogger(LostRequests.class.getName());

    /** Place before the look for lost commands, which does not name those of erased customers. */
    private static final int BEFORE_COMMANDS = Interceptor.Priority.APPLICATION;

    @Inject Holds holds;
    @Inject Erasures erasures;
    @Inject PartitionJob job;
    @Inject StoreState store;
    @Inject LostRequests self;

    private volatile boolean migrated;

    /** True from the moment when another server answers until a look has succeeded. */
    private boolean isDue;

    private boolean hasFailed;

    void schedule(@Observes Startup started) {
        self.tick();
    }

    void atStart(@Observes SchemaReady ready) {
        migrated = true;
    }

    synchronized void lookFor(@Observes @Priority(BEFORE_COMMANDS) StoreReplaced replaced) {
        isDue = true;
        look();
    }

    /**
     * Follows the holds that other nodes and database administrators change, and goes on with what
     * a look could not do. The container schedules the method because it is public and called
     * through the proxy.
     */
    @Asynchronous(runAt = @Schedule(cron = "*/10 * * * * *"))
    public void tick() {
        if (migrated && !store.isAway()) look();
    }

    /** A failure is no reason for others not to look: the next tick tries again. */
    synchronized void look() {
        try {
            holds.look();
            if (isDue && erasures.requestLostAgain()) job.runNow();
            isDue = erasures.waits();
            hasFailed = false;
        } catch (RuntimeException e) {
            LOG.log(
                    isDue && !hasFailed ? Level.WARNING : Level.FINE,
                    "Which requests of operators are lost is not known yet",
                    e);
            hasFailed = isDue;
        }
    }
}
