package dev.tally.timeline.api;

import dev.tally.eventstore.HistoryRetired;
import dev.tally.http.Json;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/** Answers 410 to a question about a past state whose events have been retired. */
@Provider
public class HistoryRetiredMapper implements ExceptionMapper<HistoryRetired> {

    @Override
    public Response toResponse(HistoryRetired retired) {
        return new ProblemException(
                        ProblemType.HISTORY_RETIRED,
                        "Events from before %s that this was made of have been retired."
                                .formatted(Json.text(retired.until())))
                .toResponse();
    }
}
