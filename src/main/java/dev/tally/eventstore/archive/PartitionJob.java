package dev.tally.eventstore.archive;

import dev.tally.platform.SchemaReady;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.Asynchronous;
import jakarta.enterprise.concurrent.Schedule;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.InstantSource;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/** Keeps partitions ahead of time: at start, and every hour. */
@ApplicationScoped
public class PartitionJob {

    /** Months that have partitions beyond the current one. */
    static final int MONTHS_AHEAD = 3;

    private static final Logger LOG = Logger.getLogger(PartitionJob.class.getName());

    @Resource(lookup = "jdbc/tallyOwner")
    DataSource owner;

    @Inject InstantSource clock;
    @Inject PartitionJob self;

    void schedule(@Observes Startup started) {
        self.everyHour();
    }

    void atStart(@Observes SchemaReady ready) throws SQLException {
        createAhead();
    }

    /** Public, and called through the proxy: only so is it scheduled. */
    @Asynchronous(runAt = @Schedule(cron = "0 7 * * * *"))
    public void everyHour() {
        try {
            createAhead();
        } catch (SQLException e) {
            LOG.log(Level.WARNING, "Partitions could not be created ahead; next try in an hour", e);
        }
    }

    private void createAhead() throws SQLException {
        try (var connection = owner.getConnection();
                var create = connection.prepareStatement("select tally.create_partitions(?, ?)")) {
            create.setTimestamp(1, Timestamp.from(clock.instant()));
            create.setInt(2, MONTHS_AHEAD);
            try (var created = create.executeQuery()) {
                created.next();
                LOG.info("Partitions created ahead: " + created.getInt(1));
            }
        }
    }
}
