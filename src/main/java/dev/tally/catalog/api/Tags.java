package dev.tally.catalog.api;

import dev.tally.http.Json;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;

import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Entity tags of the catalogue's answers, and the conditions that callers make with them. */
final class Tags {

    private Tags() {}

    /** The answer to a query, or the answer that the caller has it already. */
    static Response answer(Request conditions, String tag, Object entity) {
        var entityTag = new EntityTag(tag);
        var unmet = conditions.evaluatePreconditions(entityTag);
        if (unmet == null) return Response.ok(entity).tag(entityTag).build();
        var answer = unmet.tag(entityTag).build();
        if (answer.getStatus() == Status.PRECONDITION_FAILED.getStatusCode()) {
            throw new ProblemException(
                    ProblemType.PRECONDITION_FAILED, "It is at version " + tag + ".");
        }
        return answer;
    }

    /** A tag of an answer that has no version of its own: another answer has another tag. */
    static String ofContent(Object entity) {
        try {
            var hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(Json.MAPPER.writeValueAsBytes(entity));
            return Long.toHexString(ByteBuffer.wrap(hash).getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /**
     * True if the caller wants to create and not to replace.
     *
     * @param ifNoneMatch the header; null: it was not sent
     */
    static boolean isForNew(String ifNoneMatch) {
        if (ifNoneMatch == null) return false;
        if (ifNoneMatch.strip().equals("*")) return true;
        throw new ProblemException(
                ProblemType.INVALID_REQUEST, "If-None-Match must be * where something is written.");
    }
}
