package dev.tally.http;

import java.net.URI;
import java.util.Locale;

/**
 * Every kind of problem that a caller can be told about. Names never change: callers tell problems
 * apart by them.
 */
public enum ProblemType {
    MALFORMED_JSON(400, "The body cannot be read as JSON"),
    UNKNOWN_FIELD(400, "The body has a field that is not known"),
    INVALID_REQUEST(400, "The request is not valid"),
    UNAUTHENTICATED(401, "A valid token is required"),
    FORBIDDEN(403, "The token's role does not allow this"),
    NOT_FOUND(404, "There is nothing at this path"),
    UNKNOWN_LICENSE(404, "The customer has no such license"),
    UNKNOWN_DEVICE(404, "The customer has no such device"),
    UNKNOWN_DOWNLOAD(404, "The customer has no such download"),
    METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
    NOT_ACCEPTABLE(406, "None of the accepted content types can be answered"),
    REQUEST_TIMEOUT(408, "The request came too slowly"),
    DENIED(409, "Download not allowed"),
    CONFIRMATION_DENIED(409, "Confirmation not allowed"),
    RENEWAL_DENIED(409, "Renewal not allowed"),
    PLAYBACK_DENIED(409, "Playback not allowed"),
    DEACTIVATION_DENIED(409, "Deactivation not allowed"),
    PARTITION_TAKES_APPENDS(409, "The partition still takes appends"),
    LEGAL_HOLD(409, "Legal hold forbids it"),
    SESSION_OF_ANOTHER_LICENSE(409, "The session was started on another license"),
    POLICY_OF_NEWER_VERSION(409, "The policy was written by a newer release"),
    TOO_MANY_SIMULATIONS(409, "Too many simulations wait"),
    CONFLICT(409, "Other commands of the customer came first"),
    HISTORY_RETIRED(410, "What it was like then cannot be told any more"),
    FEED_CUT(410, "The feed cannot be read on from there"),
    PRECONDITION_FAILED(412, "It has changed since it was read"),
    BODY_TOO_LARGE(413, "The body is too large"),
    UNSUPPORTED_MEDIA_TYPE(415, "The content type is not supported"),
    INVALID_POLICY(422, "The policy is not valid"),
    UNKNOWN_TITLE(422, "There is no such title"),
    UNKNOWN_PLAN(422, "There is no such plan"),
    UNKNOWN_STUDIO(422, "There is no such studio"),
    CLOCK_SKEW(422, "The device's clock is too far ahead"),
    TOO_MANY_UNSTARTED(422, "Too many sessions wait for their START"),
    SESSION_FULL(422, "The session has all the events that it may have"),
    IDEMPOTENCY_KEY_REUSED(422, "The idempotency key belongs to another command"),
    PRECONDITION_REQUIRED(428, "The version to replace must be named"),
    INTERNAL_ERROR(500, "Something went wrong here"),
    UNAVAILABLE(503, "The service cannot answer at the moment"),
    OVERLOADED(503, "Too many requests at a time"),
    HISTORY_UNREADABLE(503, "The customer's history cannot be read by this version");

    private final int status;
    private final String title;

    ProblemType(int status, String title) {
        this.status = status;
        this.title = title;
    }

    public URI uri() {
        return URI.create("urn:tally:problem:" + label());
    }

    /** Name of the problem in its URI: lower case with hyphens. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** True if a rule forbade what was asked, and the request itself was in order. */
    boolean isDenial() {
        return switch (this) {
            case DENIED,
                    CONFIRMATION_DENIED,
                    RENEWAL_DENIED,
                    PLAYBACK_DENIED,
                    DEACTIVATION_DENIED ->
                    true;
            default -> false;
        };
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }
}
