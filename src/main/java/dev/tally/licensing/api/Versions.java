package dev.tally.licensing.api;

import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;

import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;

/** Answers that carry the customer's version, and are left out where the caller has it. */
final class Versions {

    private Versions() {}

    /**
     * The answer to a query, or that it has not changed.
     *
     * @param version of the customer; null: the answer is about the past, which has none
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
