package dev.tally.licensing.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;

import dev.tally.http.Page;
import dev.tally.licensing.write.Accounts.Versioned;

import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Response;

/**
 * Answers queries with the customer's version, which callers name in conditions, or with the age of
 * a stale answer (RFC 9111, section 5.1).
 */
public final class Versions {

    private static final String AGE = "Age";

    private Versions() {}

    /**
     * An answer that says that it is stale.
     *
     * @param answer the answer, whose fields stand beside the other
     * @param stale true
     */
    record Marked(@JsonUnwrapped Object answer, boolean stale) implements Page {

        @Override
        public String next() {
            return answer instanceof Page page ? page.next() : null;
        }
    }

    /** The answer to a query about an account. */
    public static Response answer(Versioned found, Object entity) {
        return answer(
                found, entity, found.version() == null ? null : new EntityTag(found.version()));
    }

    /**
     * The answer to a query.
     *
     * @param version version of the answer, if it is a current one; null: it has none
     */
    static Response answer(Versioned found, Object entity, EntityTag version) {
        var stale = found.stale();
        return stale == null
                ? Response.ok(entity).tag(version).build()
                : Response.ok(new Marked(entity, true))
                        .header(AGE, stale.age().toSeconds())
                        .build();
    }
}
