package dev.tally.licensing.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;

import dev.tally.http.Json;
import dev.tally.http.Page;
import dev.tally.licensing.write.Accounts.Versioned;

import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;

import java.util.zip.CRC32C;

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

    /**
     * The answer to a query that policies, titles and time alone change too: years end without an
     * event. So its version is also made of what it says, and is a weak one.
     *
     * @param said what it says, except the time
     */
    static Response answerOfMore(Versioned found, Object entity, Object said) {
        if (found.version() == null) return answer(found, entity, null);
        var sum = new CRC32C();
        sum.update(Json.MAPPER.writeValueAsBytes(said));
        var version = found.version() + "." + Long.toHexString(sum.getValue());
        return answer(found, entity, new EntityTag(version, true));
    }

    /** The answer of many lines to a query, which has no version. */
    static Response lines(Versioned found, StreamingOutput lines) {
        var answer = Response.ok(lines);
        if (found.stale() != null) answer.header(AGE, found.stale().age().toSeconds());
        return answer.build();
    }
}
