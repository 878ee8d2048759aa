package dev.tally.http;

import com.fasterxml.jackson.annotation.JsonValue;

import java.net.URI;
import java.util.Locale;

/**
 * Every kind of problem that a caller can be told about. Names never change: callers tell problems
 * apart by them.
 */
public enum ProblemType {
    MALFORMED_JSON(400, Retry.NEVER, "The body cannot be read as JSON"),
    UNKNOWN_FIELD(400, Retry.NEVER, "The body has a field that is not known"),
    INVALID_REQUEST(400, Retry.NEVER, "The request is not valid"),
    UNAUTHENTICATED(401, Retry.NEVER, "A valid token is required"),
    FORBIDDEN(403, Retry.NEVER, "The token's role does not allow this"),
    NOT_FOUND(404, Retry.NEVER, "There is nothing at this path"),
    UNKNOWN_LICENSE(404, Retry.NEVER, "The customer has no such license"),
    UNKNOWN_DEVICE(404, Retry.NEVER, "The customer has no such device"),
    UNKNOWN_DOWNLOAD(404, Retry.NEVER, "The customer has no such download"),
    METHOD_NOT_ALLOWED(405, Retry.NEVER, "The method is not allowed here"),
    NOT_ACCEPTABLE(406, Retry.NEVER, "None of the accepted content types can be answered"),
    REQUEST_TIMEOUT(408, Retry.SAME_KEY, "The request came too slowly"),
    DENIED(409, Retry.LATER, "Download not allowed"),
    CONFIRMATION_DENIED(409, Retry.NEVER, "Confirmation not allowed"),
    RENEWAL_DENIED(409, Retry.LATER, "Renewal not allowed"),
    PLAYBACK_DENIED(409, Retry.LATER, "Playback not allowed"),
    DEACTIVATION_DENIED(409, Retry.LATER, "Deactivation not allowed"),
    PARTITION_TAKES_APPENDS(409, Retry.LATER, "The partition still takes appends"),
    LEGAL_HOLD(409, Retry.LATER, "Legal hold forbids it"),
    SESSION_OF_ANOTHER_LICENSE(409, Retry.NEVER, "The session was started on another license"),
    POLICY_OF_NEWER_VERSION(409, Retry.LATER, "The policy was written by a newer release"),
    TOO_MANY_SIMULATIONS(409, Retry.LATER, "Too many simulations wait"),
    CONFLICT(409, Retry.SAME_KEY, "Other commands of the customer came first"),
    HISTORY_RETIRED(410, Retry.NEVER, "What it was like then cannot be told any more"),
    FEED_CUT(410, Retry.NEVER, "The feed cannot be read on from there"),
    PRECONDITION_FAILED(412, Retry.NEVER, "It has changed since it was read"),
    BODY_TOO_LARGE(413, Retry.NEVER, "The body is too large"),
    UNSUPPORTED_MEDIA_TYPE(415, Retry.NEVER, "The content type is not supported"),
    INVALID_POLICY(422, Retry.NEVER, "The policy is not valid"),
    UNKNOWN_TITLE(422, Retry.NEVER, "There is no such title"),
    UNKNOWN_PLAN(422, Retry.NEVER, "There is no such plan"),
    UNKNOWN_STUDIO(422, Retry.NEVER, "There is no such studio"),
    CLOCK_SKEW(422, Retry.NEVER, "The device's clock is too far ahead"),
    TOO_MANY_UNSTARTED(422, Retry.LATER, "Too many sessions wait for their START"),
    SESSION_FULL(422, Retry.NEVER, "The session has all the events that it may have"),
    IDEMPOTENCY_KEY_REUSED(422, Retry.NEVER, "The idempotency key belongs to another command"),
    PRECONDITION_REQUIRED(428, Retry.NEVER, "The version to replace must be named"),
    INTERNAL_ERROR(500, Retry.SAME_KEY, "Something went wrong here"),
    UNAVAILABLE(503, Retry.SAME_KEY, "The service cannot answer at the moment"),
    OVERLOADED(503, Retry.SAME_KEY, "Too many requests at a time"),
    HISTORY_UNREADABLE(
            503, Retry.SAME_KEY, "The customer's history cannot be read by this version");

    /** Whether the same request makes sense again. */
    public enum Retry {
        /** It gets the same answer until something in it is corrected. */
        NEVER,
        /**
         * It may be sent again as it is, under the same {@code Idempotency-Key}, after the time in
         * {@code Retry-After} if there is one. It takes effect once, also if the first did.
         */
        SAME_KEY,
        /**
         * Nothing took effect; it is decided anew once time, or somebody, has changed something.
         */
        LATER;

        @JsonValue
        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final int status;
    private final Retry retry;
    private final String title;

    ProblemType(int status, Retry retry, String title) {
        this.status = status;
        this.retry = retry;
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

    public Retry retry() {
        return retry;
    }

    public String title() {
        return title;
    }
}
