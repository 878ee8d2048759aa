package dev.tally.platform;

import com.fasterxml.jackson.annotation.JsonAnyGetter;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.net.URI;
import java.util.Map;

/** The body of every error (RFC 9457). */
record Problem(
        URI type,
        String title,
        int status,
        String detail,
        @JsonAnyGetter Map<String, Object> members) {

    static final MediaType MEDIA_TYPE = new MediaType("application", "problem+json");

    static Problem of(ProblemException problem) {
        var type = problem.type();
        return new Problem(
                type.uri(), type.title(), type.status(), problem.getMessage(), problem.members());
    }

    static Response.ResponseBuilder response(ProblemException problem) {
        var response =
                Response.status(problem.type().status()).type(MEDIA_TYPE).entity(of(problem));
        problem.retryAfter()
                .ifPresent(
                        time ->
                                response.header(
                                        HttpHeaders.RETRY_AFTER, Math.max(1, time.toSeconds())));
        return response;
    }
}
