package dev.tally.availability;

import dev.tally.runtime.Release;
import dev.tally.runtime.Schema;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * Health checks about the store. None of them asks the database: the {@link StoreProbe} does, in
 * the background. {@code /health/started}: this node has migrated the schema or may answer without
 * it. {@code /health/live}: the process answers; a database that is gone is no reason to restart
 * it. The check {@code store} of {@code /health/ready} tells the store's state as data, and is down
 * only if the database serves newer releases alone: without a store, members get provisional
 * licenses, so the node stays ready.
 */
@ApplicationScoped
class Health {

    /**
     * Fewest days of partitions ahead without a warning. They are made three months ahead: with
     * less than a month left, something is wrong.
     */
    private static final int FEWEST_DAYS_AHEAD = 31;

    @Inject Schema schema;
    @Inject StoreState store;
    @Inject StoreProbe probe;

    @Produces
    @Startup
    HealthCheck migrated() {
        return () ->
                HealthCheckResponse.named("schema").status(schema.version().isPresent()).build();
    }

    @Produces
    @Liveness
    HealthCheck live() {
        return () -> HealthCheckResponse.up("process");
    }

    @Produces
    @Readiness
    HealthCheck store() {
        return () -> {
            var response = HealthCheckResponse.named("store");
            store.away()
                    .ifPresentOrElse(
                            away ->
                                    response.withData("state", "AWAY")
                                            .withData("reason", away.outage().detail())
                                            .withData("since", away.since().toString()),
                            () -> response.withData("state", "ANSWERS"));
            var found = probe.found();
            found.ifPresent(has -> describe(has, response));
            return response.status(found.isEmpty() || found.get().serves()).build();
        };
    }

    private static void describe(StoreProbe.Found has, HealthCheckResponseBuilder response) {
        response.withData("schemaVersion", has.schemaVersion())
                .withData("release", Release.NUMBER)
                .withData("newestRelease", has.newestRelease())
                .withData("partitionForNow", has.hasPartition())
                .withData("daysOfPartitionsAhead", has.daysAhead())
                .withData("failedStepsOfPartitionJob", has.failedSteps());
        if (!has.missing().isEmpty()) response.withData("missingPartitions", has.missing());
        if (!has.hasPartition()) {
            response.withData("warning", "No partition takes events of the current time");
        } else if (has.daysAhead() < FEWEST_DAYS_AHEAD) {
            response.withData(
                    "warning", "Partitions are not made ahead; see last_error and the log");
        }
    }
}
