package dev.tally.licensing.api;

import dev.tally.http.Parameters;

import jakarta.ws.rs.HeaderParam;

import java.time.Duration;
import java.util.List;

/** What a caller of a query says about the age of the answer (RFC 9111, section 5.2.1). */
public class Freshness {

    /** {@code max-stale} lets this node answer from memory while the store does not answer. */
    @HeaderParam("Cache-Control")
    List<String> cacheControl;

    /**
     * Age up to which the caller takes an outdated answer; null: only a current answer will do.
     *
     * @throws dev.tally.http.ProblemException if a number of seconds is none
     */
    public Duration maxStale() {
        return cacheControl == null ? null : Parameters.maxStale(String.join(",", cacheControl));
    }
}
