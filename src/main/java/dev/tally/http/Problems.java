package dev.tally.http;

import static dev.tally.http.ProblemType.FORBIDDEN;
import static dev.tally.http.ProblemType.INTERNAL_ERROR;
import static dev.tally.http.ProblemType.INVALID_REQUEST;
import static dev.tally.http.ProblemType.METHOD_NOT_ALLOWED;
import static dev.tally.http.ProblemType.NOT_ACCEPTABLE;
import static dev.tally.http.ProblemType.NOT_FOUND;
import static dev.tally.http.ProblemType.UNAVAILABLE;
import static dev.tally.http.ProblemType.UNSUPPORTED_MEDIA_TYPE;

import dev.tally.availability.Outage;
import dev.tally.availability.StoreAway;

import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.ForbiddenException;
import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotAuthorizedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Turns every exception that ends a request into a response. */
@Provider
public class Problems implements ExceptionMapper<Exception> {

    private static final Logger LOG = Logger.getLogger(Problems.class.getName());

    @Override
    public Response toResponse(Exception exception) {
        return switch (exception) {
            case ProblemException e -> Problem.response(e).build();
            // No error, but an answer that a method could give in no other way.
            case WebApplicationException e when e.getResponse().getStatus() < 400 ->
                    e.getResponse();
            case NotAllowedException e ->
                    response(
                                    METHOD_NOT_ALLOWED,
                                    "See the header Allow for the methods of this path.")
                            .header(
                                    HttpHeaders.ALLOW,
                                    e.getResponse().getHeaderString(HttpHeaders.ALLOW))
                            .build();
            case NotAuthorizedException e -> Security.unauthenticated();
            case ForbiddenException e ->
                    response(FORBIDDEN, "Another role is needed for this.").build();
            // With a cause, the path is there but one of its parameters cannot be read.
            case NotFoundException e when e.getCause() == null ->
                    response(NOT_FOUND, "The API's paths are listed at /openapi.").build();
            case NotAcceptableException e ->
                    response(NOT_ACCEPTABLE, "See /openapi for what this path answers.").build();
            case NotSupportedException e ->
                    response(UNSUPPORTED_MEDIA_TYPE, "See /openapi for what this path takes.")
                            .build();
            case NotFoundException e ->
                    response(INVALID_REQUEST, "A parameter cannot be read.").build();
            case BadRequestException e ->
                    response(INVALID_REQUEST, "A parameter or header cannot be read.").build();
            default -> fault(exception);
        };
    }

    private static Response fault(Exception exception) {
        var outage = Outage.behind(exception);
        if (outage.isPresent()) return unavailable(exception, outage.get());
        if (isUnreadable()) {
            LOG.log(Level.FINE, "A request could not be read", exception);
            return response(INVALID_REQUEST, "The path, the query or a header cannot be read.")
                    .build();
        }
        LOG.log(Level.SEVERE, exception, () -> "Request failed" + request());
        return response(INTERNAL_ERROR, "The log has the cause under the id of this request.")
                .build();
    }

    /** An outage of the store is logged when it begins and ends, and no more for each request. */
    private static Response unavailable(Exception exception, Outage outage) {
        var level = exception instanceof StoreAway ? Level.FINE : Level.WARNING;
        LOG.log(level, () -> outage.detail() + request() + ": " + Outage.reason(exception));
        return unavailable(outage.detail(), outage.retryAfter());
    }

    /**
     * True if no resource method was found yet. Until then only the container's code has read the
     * request, and throws what it likes where a part of it cannot be read.
     */
    private static boolean isUnreadable() {
        return CurrentRequest.get().filter(request -> !request.hasOperation()).isPresent();
    }

    private static String request() {
        return CurrentRequest.get().map(request -> " (request " + request.id() + ")").orElse("");
    }

    static Response unavailable(String detail, Duration retryAfter) {
        return Problem.response(new ProblemException(UNAVAILABLE, detail).retryAfter(retryAfter))
                .build();
    }

    static Response.ResponseBuilder response(ProblemType type, String detail) {
        return Problem.response(new ProblemException(type, detail));
    }
}
