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
import org.flywaydb.core.api.MigrationVersion;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.sql.DataSource;

/**
 * Brings the database to the version that this application was built for, as the role that owns it.
 * Migration runs in the background until it succeeds, so the application starts without its
 * database too.
 */
@ApplicationScoped
public class Schema {

    private static final Logger LOG = Logger.getLogger(Schema.class.getName());

    /** Classes of SQL states of a connection that fails, and of a server that starts or stops. */
    private static final Pattern OUTAGE = Pattern.compile("08|53|57P");

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
    private volatile boolean unreachable;
    private volatile boolean stopped;
    private volatile String said;

    /** The schema version in force; empty until this node has migrated or seen that another had. */
    public Optional<MigrationVersion> version() {
        return Optional.ofNullable(version);
    }

    /** True if the database could not be reached when this node wanted to migrate. */
    public boolean isUnreachable() {
        return unreachable;
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
            var flyway = flyway(owner, Path.of(migrations));
            var migrated =
                    new Migration(owner, flyway, Release.NUMBER, Release.OLDEST_SERVED).perform();
            ready.fire(new SchemaReady());
            version = migrated;
            LOG.info(() -> "The schema is at version " + version);
        } catch (UnusableDatabase e) {
            if (stopped) return;
            sayOnce(e.getMessage());
            tryAgain();
        } catch (RuntimeException e) {
            if (stopped) return;
            sayWhy(e);
            tryAgain();
        }
    }

    /** Logs an outage in one line, since its stack trace says nothing; and another fault whole. */
    private void sayWhy(RuntimeException e) {
        var next = "The schema is not migrated yet; next try in " + RETRY_SECONDS + " s";
        var outage = outage(e);
        if (outage.isPresent()) {
            unreachable = true;
            LOG.log(Level.WARNING, "{0}: {1}", new Object[] {next, outage.get().getMessage()});
        } else {
            LOG.log(Level.WARNING, next, e);
        }
    }

    /** What the driver threw if there is no connection to the database. */
    private static Optional<SQLException> outage(Throwable thrown) {
        return Stream.iterate(thrown, cause -> cause != null, Throwable::getCause)
                .filter(SQLException.class::isInstance)
                .map(SQLException.class::cast)
                .reduce((above, below) -> below)
                .filter(e -> OUTAGE.matcher(String.valueOf(e.getSQLState())).lookingAt());
    }

    /** Logs a message once, not at every attempt: only a person can help. */
    private void sayOnce(String message) {
        if (!message.equals(said)) LOG.severe(message);
        said = message;
    }

    private void tryAgain() {
        var unused = executor.schedule(this::tryToMigrate, RETRY_SECONDS, TimeUnit.SECONDS);
    }

    /** Flyway for this schema; tests without the application migrate with it too. */
    public static Flyway flyway(DataSource owner, Path migrations) {
        return Flyway.configure()
                .dataSource(owner)
                .locations("filesystem:" + migrations)
                // Without this, a misplaced folder counts as success.
                .failOnMissingLocations(true)
                .schemas("tally")
                // roles.sql makes the schema: its owner may not make one.
                .createSchemas(false)
                .load();
    }
}
