package dev.tally.platform;

import java.net.URI;
import java.util.Locale;

/**
 * Every kind of problem a caller can be told about. Names are for ever: callers tell problems apart
 * by them.
 */
public enum ProblemType {
    MALFORMED_JSON(400, "The body cannot be read as JSON"),
    UNKNOWN_FIELD(400, "The body has a field that is not known"),
    INVALID_REQUEST(400, "The request is not valid"),
    UNAUTHENTICATED(401, "A valid token is required"),
    FORBIDDEN(403, "The token's role does not allow this"),
    NOT_FOUND(404, "There is nothing at this path"),
    METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
    NOT_ACCEPTABLE(406, "None of the accepted content types can be answered"),
    BODY_TOO_LARGE(413, "The body is too large"),
    UNSUPPORTED_MEDIA_TYPE(415, "The content type is not supported"),
    INTERNAL_ERROR(500, "Something went wrong here"),
    UNAVAILABLE(503, "The service cannot answer at the moment");

    private final int status;
    private final String title;

    ProblemType(int status, String title) {
        this.status = status;
        this.title = title;
    }

    public URI uri() {
        return URI.create("urn:tally:problem:" + name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }
}
