package dev.tally.runtime;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

import java.sql.SQLException;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/**
 * Health probes. {@code /health/started}: the schema is migrated. {@code /health/ready}: the node
 * takes commands, that is, the database answers and has what this version needs. {@code
 * /health/live}: the process answers; a database that is gone is no reason to restart it.
 */
@ApplicationScoped
class Health {

    private static final Logger LOG = Logger.getLogger(Health.class.getName());

    /** Everything that readiness asks of the database, in one statement and so one round trip. */
    private static final String WHAT_IT_NEEDS =
            """
            select (select max(version::int) from tally.flyway_schema_history where success),
                tally.has_partition_for(now()),
                extract(day from tally.partitions_end() - now())::int,
                r.newest, r.oldest_served,
                array_to_string(tally.missing_partitions(), ', '),
                (select count(*) from tally.partition where last_error is not null)
                    + (select count(*) from tally.erasure where last_error is not null)
                    + (select count(*) from tally.erased_from where last_error is not null)
                    + (select count(*) from tally.partition_job where last_error is not null)
            from tally.release r
            """;

    /**
     * Fewest days of partitions ahead without a warning. They are made three months ahead: with
     * less than a month left, something is wrong.
     */
    private static final int FEWEST_DAYS_AHEAD = 31;

    @Inject Schema schema;

    @Resource(lookup = "jdbc/tally")
    DataSource database;

    @Produces
    @Startup
    HealthCheck migrated() {
        return () ->
                HealthCheckResponse.named("schema").status(schema.version().isPresent()).build();
    }

    @Produces
    @Readiness
    HealthCheck databaseReady() {
        return () -> {
            var response = HealthCheckResponse.named("database");
            return schema.version().isPresent() && usable(response)
                    ? response.up().build()
                    : response.down().build();
        };
    }

    @Produces
    @Liveness
    HealthCheck live() {
        return () -> HealthCheckResponse.up("process");
    }

    /** Asks the database whether it is usable. The data source's time limits bound the wait. */
    private boolean usable(HealthCheckResponseBuilder response) {
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery(WHAT_IT_NEEDS)) {
            row.next();
            var version = row.getInt(1);
            var hasPartition = row.getBoolean(2);
            var daysAhead = row.getInt(3);
            var newest = row.getInt(4);
            var oldestServed = row.getInt(5);
            response.withData("schemaVersion", version)
                    .withData("release", Release.NUMBER)
                    .withData("newestRelease", newest)
                    .withData("partitionForNow", hasPartition)
                    .withData("daysOfPartitionsAhead", daysAhead)
                    .withData("failedStepsOfPartitionJob", row.getLong(7));
            if (!row.getString(6).isEmpty()) {
                response.withData("missingPartitions", row.getString(6));
            }
            if (!hasPartition) {
                response.withData("reason", "No partition takes events of the current time");
            }
            if (daysAhead < FEWEST_DAYS_AHEAD) {
                response.withData(
                        "warning", "Partitions are not made ahead; see last_error and the log");
            }
            return hasPartition && oldestServed <= Release.NUMBER;
        } catch (SQLException e) {
            // The caller of a probe is not told the cause.
            LOG.log(Level.WARNING, "The database is not usable: {0}", e.getMessage());
            response.withData("reachable", false);
            return false;
        }
    }
}
