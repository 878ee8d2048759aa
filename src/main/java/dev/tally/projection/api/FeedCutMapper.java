package dev.tally.projection.api;

import dev.tally.eventstore.FeedCut;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

import java.time.Duration;
import java.util.Map;

/** Answers 410 to a cursor from which the feed cannot be told without a gap. */
@Provider
public class FeedCutMapper implements ExceptionMapper<FeedCut> {

    /** A node that is started counts the positions of a restored database. */
    private static final Duration UNTIL_STARTED = Duration.ofSeconds(10);

    @Override
    public Response toResponse(FeedCut cut) {
        return problem(cut).toResponse();
    }

    static ProblemException problem(FeedCut cut) {
        if (cut.why() == FeedCut.Why.NOT_COUNTED_YET) {
            return new ProblemException(ProblemType.UNAVAILABLE, cut.getMessage())
                    .retryAfter(UNTIL_STARTED);
        }
        return new ProblemException(
                ProblemType.FEED_CUT,
                cut.getMessage()
                        + " Compare your copy with the customers' histories, or make it anew:"
                        + " begin without a cursor.",
                Map.of("reason", cut.why().name()));
    }
}
