package dev.tally.http;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.http.ProblemType.Retry;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * The body of every error (RFC 9457).
 *
 * @param retry whether the same request makes sense again
 * @param instance names the request, by its id; null for a part of one
 * @param members the problem's own fields, beside those that every problem has
 */
public record Problem(
        URI type,
        String title,
        int status,
        String detail,
        Retry retry,
        @JsonInclude(Include.NON_NULL) URI instance,
        @JsonAnyGetter Map<String, Object> members) {

    static final MediaType MEDIA_TYPE = new MediaType("application", "problem+json");

    public static Problem of(ProblemException problem) {
        var type = problem.type();
        return new Problem(
                type.uri(),
                type.title(),
                type.status(),
                problem.getMessage(),
                type.retry(),
                ofCurrentRequest(),
                problem.members());
    }

    private static URI ofCurrentRequest() {
        return CurrentRequest.get()
                .map(request -> URI.create("urn:tally:request:" + request.id()))
                .orElse(null);
    }

    /** Answers a request that reached no resource. */
    static void write(ProblemException problem, HttpServletResponse response) throws IOException {
        CurrentRequest.get().ifPresent(request -> request.failedWith(problem.type()));
        response.setStatus(problem.type().status());
        response.setContentType(MEDIA_TYPE.toString());
        problem.retryAfter()
                .ifPresent(time -> response.setHeader(HttpHeaders.RETRY_AFTER, seconds(time)));
        response.getOutputStream().write(Json.MAPPER.writeValueAsBytes(of(problem)));
    }

    /** Reason phrase of a problem's status. JAX-RS does not know the one of 422. */
    private static String reason(ProblemType type) {
        var known = Response.Status.fromStatusCode(type.status());
        return known == null ? "Unprocessable Content" : known.getReasonPhrase();
    }

    static Response.ResponseBuilder response(ProblemException problem) {
        var type = problem.type();
        CurrentRequest.get().ifPresent(request -> request.failedWith(type));
        var response =
                Response.status(type.status(), reason(type)).type(MEDIA_TYPE).entity(of(problem));
        problem.retryAfter()
                .ifPresent(time -> response.header(HttpHeaders.RETRY_AFTER, seconds(time)));
        return response;
    }

    private static String seconds(Duration time) {
        return Long.toString(Math.max(1, time.toSeconds()));
    }
}
