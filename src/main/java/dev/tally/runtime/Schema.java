package dev.tally.runtime;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/**
 * Brings the database to the version this application was built for, as the role that owns it. In
 * the background and until it succeeds: the application also starts while its database does not.
 */
@ApplicationScoped
public class Schema {

    private static final Logger LOG = Logger.getLogger(Schema.class.getName());

    /** Pause between two attempts to migrate, in seconds. */
    public static final int RETRY_SECONDS = 2;

    @Resource(lookup = "jdbc/tallyOwner")
    DataSource owner;

    @Resource ManagedScheduledExecutorService executor;

    @Inject
    @ConfigProperty(name = "tally.migrations")
    String migrations;

    @Inject Event<SchemaReady> ready;

    private volatile MigrationVersion version;
    private volatile boolean stopped;

    /** The version in force once this node has migrated or seen that another had. */
    public Optional<MigrationVersion> version() {
        return Optional.ofNullable(version);
    }

    void migrateInBackground(@Observes Startup started) {
        executor.execute(this::tryToMigrate);
    }

    @PreDestroy
    void stop() {
        stopped = true;
    }

    private void tryToMigrate() {
        try {
            var migrated = migrate(flyway(owner, Path.of(migrations)));
            ready.fire(new SchemaReady());
            version = migrated;
            LOG.info(() -> "The schema is at version " + version);
        } catch (RuntimeException e) {
            if (stopped) return;
            LOG.log(
                    Level.WARNING,
                    "The schema is not migrated yet; next try in " + RETRY_SECONDS + " s",
                    e);
            var unused = executor.schedule(this::tryToMigrate, RETRY_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Flyway for this schema; tests without the application migrate with it too. */
    public static Flyway flyway(DataSource owner, Path migrations) {
        return Flyway.configure()
                .dataSource(owner)
                .locations("filesystem:" + migrations)
                // Without it an empty or misplaced folder counts as success.
                .failOnMissingLocations(true)
                .schemas("tally")
                // Made by roles.sql: the owner of the schema cannot make one.
                .createSchemas(false)
                .load();
    }

    /**
     * A database that a newer node has migrated further is fine: migrations keep what older nodes
     * use.
     */
    private static MigrationVersion migrate(Flyway flyway) {
        flyway.migrate();
        var info = flyway.info();
        var expected =
                Arrays.stream(info.all())
                        .filter(migration -> migration.getScript() != null)
                        .map(MigrationInfo::getVersion)
                        .filter(v -> v != null)
                        .max(MigrationVersion::compareTo)
                        .orElseThrow(() -> new IllegalStateException("There are no migrations"));
        var current = info.current().getVersion();
        if (current.compareTo(expected) < 0) {
            throw new IllegalStateException("The schema is at " + current + ", not at " + expected);
        }
        return expected;
    }
}
