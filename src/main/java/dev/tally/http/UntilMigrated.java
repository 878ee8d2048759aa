package dev.tally.http;

import dev.tally.runtime.Schema;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.ext.Provider;

import java.time.Duration;

/** Answers every request 503 until the schema is what this version expects. */
@Provider
@PreMatching
@Priority(0)
public class UntilMigrated implements ContainerRequestFilter {

    @Inject Schema schema;

    @Override
    public void filter(ContainerRequestContext request) {
        if (schema.version().isPresent()) return;
        request.abortWith(
                Problems.unavailable(
                        "The database is being prepared.",
                        Duration.ofSeconds(Schema.RETRY_SECONDS)));
    }
}
