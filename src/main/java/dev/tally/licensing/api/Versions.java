package dev.tally.licensing.api;

import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Response;

/** Answers queries with the customer's version, which callers name in conditions. */
public final class Versions {

    private Versions() {}

    /**
     * The answer to a query.
     *
     * @param version version of the customer; null: the answer is about the past, which has none
     */
    public static Response answer(String version, Object entity) {
        return version == null
                ? Response.ok(entity).build()
                : Response.ok(entity).tag(new EntityTag(version)).build();
    }
}
