package dev.tally.licensing.api;

import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.licensing.write.Busy;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

import java.time.Duration;

/**
 * Answers a command that others kept from being decided with a problem that says when to try again.
 */
@Provider
public class BusyMapper implements ExceptionMapper<Busy> {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    @Override
    public Response toResponse(Busy busy) {
        return problem(busy).toResponse();
    }

    /** The problem of a command that was not decided. */
    public static ProblemException problem(Busy busy) {
        var problem =
                switch (busy.reason()) {
                    case QUEUE_TOO_LONG ->
                            new ProblemException(
                                    ProblemType.UNAVAILABLE,
                                    "Too many commands of this customer are waiting.");
                    case LOST_EVERY_RACE ->
                            new ProblemException(
                                    ProblemType.CONFLICT,
                                    "Other commands of this customer came first each time.");
                    case NODE_STOPS ->
                            new ProblemException(ProblemType.UNAVAILABLE, "This node is stopping.");
                };
        return problem.retryAfter(RETRY_AFTER);
    }
}
