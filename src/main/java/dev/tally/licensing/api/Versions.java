package dev.tally.licensing.api;

import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;

import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;

/** Answers queries with the customer's version, or with 304 where the caller has that version. */
final class Versions {

    private Versions() {}

    /**
     * The answer to a query, or the answer that nothing has changed.
     *
     * @param version version of the customer; null: the answer is about the past, which has none
     */
    static Response answer(Request conditions, String version, Object entity) {
        if (version == null) {
            return Response.ok(entity).build();
        }
        var tag = new EntityTag(version);
        var unmet = conditions.evaluatePreconditions(tag);
        if (unmet == null) {
            return Response.ok(entity).tag(tag).build();
        }
        var answer = unmet.tag(tag).build();
        if (answer.getStatus() == Status.PRECONDITION_FAILED.getStatusCode()) {
            throw new ProblemException(
                    ProblemType.PRECONDITION_FAILED, "The customer is at version " + version + ".");
        }
        return answer;
    }
}
