package dev.tally.http;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Ends a request with a problem. Callers read its detail: nothing internal belongs there.
 *
 * <p>The exception is a {@link WebApplicationException}, because the container passes that kind on
 * from readers and filters without wrapping it.
 */
public class ProblemException extends WebApplicationException {

    private final ProblemType type;
    private final transient Map<String, Object> members;
    private final Duration retryAfter;

    public ProblemException(ProblemType type, String detail) {
        this(type, detail, Map.of());
    }

    /** A problem with fields of its own, {@code members}, beside those that every problem has. */
    public ProblemException(ProblemType type, String detail, Map<String, Object> members) {
        this(type, detail, members, null);
    }

    private ProblemException(
            ProblemType type, String detail, Map<String, Object> members, Duration retryAfter) {
        super(detail, type.status());
        this.type = type;
        // Callers read the members in the order given.
        this.members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        this.retryAfter = retryAfter;
    }

    /**
     * The problem of a request with one invalid field. The message is read after the field's name.
     */
    public static ProblemException invalid(String field, String message) {
        return InvalidRequests.invalid(List.of(new InvalidRequests.FieldError(field, message)));
    }

    /** A copy of this problem that names the time after which trying again makes sense. */
    public ProblemException retryAfter(Duration time) {
        return new ProblemException(type, getMessage(), members, time);
    }

    /** The response to send, for mappers of other exceptions. */
    public Response toResponse() {
        return Problem.response(this).build();
    }

    public ProblemType type() {
        return type;
    }

    Map<String, Object> members() {
        return members;
    }

    Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
