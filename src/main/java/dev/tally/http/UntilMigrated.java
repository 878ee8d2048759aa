package dev.tally.http;

import dev.tally.runtime.Schema;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.ext.Provider;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Answers requests 503 until the schema is what this version expects, except those that can be
 * answered without the database.
 */
@Provider
@PreMatching
@Priority(0)
public class UntilMigrated implements ContainerRequestFilter {

    /** Paths below the root whose commands may be answered provisionally, and public keys. */
    private static final Pattern WITHOUT_STORE =
            Pattern.compile(
                    "/?(v1/customers/[^/]+/(licenses(/[^/]+/renewals)?|sessions)"
                            + "|v1/provisional-licenses|\\.well-known/.*)");

    @Inject Schema schema;

    @Override
    public void filter(ContainerRequestContext request) {
        if (schema.version().isPresent() || isAnsweredWithoutStore(request)) return;
        request.abortWith(
                Problems.unavailable(
                        "The database is being prepared.",
                        Duration.ofSeconds(Schema.RETRY_SECONDS)));
    }

    private static boolean isAnsweredWithoutStore(ContainerRequestContext request) {
        return WITHOUT_STORE.matcher(request.getUriInfo().getPath()).matches();
    }
}
