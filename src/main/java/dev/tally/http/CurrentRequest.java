package dev.tally.http;

import dev.tally.runtime.Ids;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The request that this thread serves: its id, and what is known of it so far. Log lines and
 * problems name the id, so that a caller and an operator can speak of the same request.
 */
final class CurrentRequest {

    /** Header of a caller's trace (W3C Trace Context, section 3.2). */
    static final String TRACE_PARENT = "traceparent";

    /** Operation of a request that no resource method takes. */
    static final String NO_OPERATION = "none";

    private static final Pattern TRACE =
            Pattern.compile("[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");

    private static final ThreadLocal<CurrentRequest> OF_THREAD = new ThreadLocal<>();

    private String id;
    private String operation = NO_OPERATION;
    private String customer;
    private ProblemType problem;

    private CurrentRequest(String id) {
        this.id = id;
    }

    /**
     * Begins a request in this thread.
     *
     * @param traceParent the caller's header, whose trace id becomes the request's id; null: none
     */
    static CurrentRequest begin(String traceParent) {
        var trace = traceParent == null ? null : TRACE.matcher(traceParent);
        var request =
                new CurrentRequest(trace != null && trace.matches() ? trace.group(1) : Ids.trace());
        OF_THREAD.set(request);
        return request;
    }

    static void end() {
        OF_THREAD.remove();
    }

    /** The request that this thread serves; empty in a thread that serves none. */
    static Optional<CurrentRequest> get() {
        return Optional.ofNullable(OF_THREAD.get());
    }

    /** Says which trace the request belongs to. */
    void isPartOf(String trace) {
        id = trace;
    }

    /** Says which resource method takes the request, and for which customer. */
    void isFor(String operation, String customer) {
        this.operation = operation;
        this.customer = customer;
    }

    /** Says that the request is answered with a problem. */
    void failedWith(ProblemType problem) {
        this.problem = problem;
    }

    String id() {
        return id;
    }

    String operation() {
        return operation;
    }

    /** True once a resource method has been found for the request. */
    boolean hasOperation() {
        return !operation.equals(NO_OPERATION);
    }

    /** Id of the customer in the path; empty if there is none. */
    Optional<String> customer() {
        return Optional.ofNullable(customer);
    }

    /** Problem that the request is answered with; empty: none, so far. */
    Optional<ProblemType> problem() {
        return Optional.ofNullable(problem);
    }
}
