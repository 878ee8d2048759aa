package dev.tally.licensing.provisional;

import dev.tally.availability.StoreState;
import dev.tally.catalog.Catalog;
import dev.tally.fallback.Journal;
import dev.tally.runtime.Schema;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Health check {@code answers} of {@code /health/ready}: this node can answer a member who
 * acquires, renews or starts, by the store or by a promise. A node that has just begun and has not
 * tried to reach the store yet is not ready.
 */
@ApplicationScoped
class Answers {

    @Inject StoreState store;
    @Inject Schema schema;
    @Inject Catalog catalog;
    @Inject Journal journal;
    @Inject Rehearsal rehearsal;

    @Produces
    @Readiness
    HealthCheck answers() {
        return () -> {
            var known = catalog.known();
            var canPromise =
                    known.isPresent() && journal.isWritable() && rehearsal.promisesAreOver();
            var response =
                    HealthCheckResponse.named("answers")
                            .withData("by", by(canPromise))
                            .withData("journalWritable", journal.isWritable())
                            .withData("waitingPromises", journal.size())
                            .withData("catalogueCopy", known.isPresent());
            known.ifPresent(
                    copy ->
                            response.withData(
                                    "catalogueRefreshedAt", copy.refreshedAt().toString()));
            journal.oldestAt().ifPresent(at -> response.withData("oldestPromise", at.toString()));
            return response.status(!by(canPromise).equals(NOTHING)).build();
        };
    }

    private static final String NOTHING = "NOTHING";

    private String by(boolean canPromise) {
        if (!store.isAway()) return rehearsal.commandsAreOver() ? "STORE" : NOTHING;
        return canPromise && (schema.version().isPresent() || schema.isUnreachable())
                ? "PROMISES"
                : NOTHING;
    }
}
