package dev.tally.licensing.api;

import dev.tally.http.Json;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.licensing.write.Rejected;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/** Answers a rejected command with a problem that says what is wrong with it. */
@Provider
public class RejectedMapper implements ExceptionMapper<Rejected> {

    @Override
    public Response toResponse(Rejected rejected) {
        return problem(rejected).toResponse();
    }

    public static ProblemException problem(Rejected rejected) {
        var time = rejected.serverTime();
        return new ProblemException(
                type(rejected),
                time == null
                        ? rejected.getMessage()
                        : rejected.getMessage() + " " + Json.text(time) + ".");
    }

    private static ProblemType type(Rejected rejected) {
        return switch (rejected.reason()) {
            case UNKNOWN_TITLE -> ProblemType.UNKNOWN_TITLE;
            case UNKNOWN_PLAN -> ProblemType.UNKNOWN_PLAN;
            case UNKNOWN_LICENSE -> ProblemType.UNKNOWN_LICENSE;
            case UNKNOWN_DEVICE -> ProblemType.UNKNOWN_DEVICE;
            case UNKNOWN_DOWNLOAD -> ProblemType.UNKNOWN_DOWNLOAD;
            case UNKNOWN_STUDIO -> ProblemType.UNKNOWN_STUDIO;
            case INVALID_POLICY -> ProblemType.INVALID_POLICY;
            case CLOCK_SKEW -> ProblemType.CLOCK_SKEW;
            case KEY_REUSED -> ProblemType.IDEMPOTENCY_KEY_REUSED;
            case PRECONDITION_FAILED -> ProblemType.PRECONDITION_FAILED;
        };
    }
}
