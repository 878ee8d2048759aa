package dev.tally.accounting.api;

import dev.tally.accounting.TooManyRows;
import dev.tally.accounting.Usage;
import dev.tally.accounting.UsageCsv;
import dev.tally.accounting.UsageQuery;
import dev.tally.http.Identifier;
import dev.tally.http.Json;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.time.Duration;
import java.time.LocalDate;

/** Resource of the usage of a studio's titles. */
@Path("/v1/studios/{studioId}/usage")
@ApplicationScoped
public class UsageResource {

    /** Most days of one answer. */
    static final int MAX_DAYS = 366;

    private static final String CSV = "text/csv";

    private static final MediaType CSV_TYPE = new MediaType("text", "csv", "UTF-8");

    /** Headers for an answer in CSV, which has no other place for what they say. */
    private static final String COUNTED_UNTIL = "Tally-Counted-Until";

    private static final String CLOSED = "Tally-Closed";

    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    @Inject UsageQuery usage;

    /** Answers the usage from one day to another, both included. */
    @GET
    @RolesAllowed({Security.READER, Security.OPERATOR})
    @Produces({MediaType.APPLICATION_JSON, CSV})
    public Response usage(
            @PathParam("studioId") @Identifier String studioId,
            @QueryParam("from") String from,
            @QueryParam("to") String to,
            @QueryParam("titleId") @Identifier String titleId,
            @Context HttpHeaders headers) {
        var first = Parameters.day("from", from);
        var last = Parameters.day("to", to);
        if (last.isBefore(first)) throw ProblemException.invalid("to", "must not be before from");
        if (!last.isBefore(first.plusDays(MAX_DAYS))) {
            throw ProblemException.invalid(
                    "to", "must be less than " + MAX_DAYS + " days after from");
        }
        var found = find(studioId, titleId, first, last);
        var answer =
                wantsCsv(headers)
                        ? Response.ok(UsageCsv.text(found), CSV_TYPE)
                        : Response.ok(found, MediaType.APPLICATION_JSON_TYPE);
        return answer.header(COUNTED_UNTIL, Json.text(found.countedUntil()))
                .header(CLOSED, found.closed())
                .header(HttpHeaders.VARY, HttpHeaders.ACCEPT)
                .build();
    }

    private Usage find(String studio, String title, LocalDate from, LocalDate to) {
        try {
            return usage.find(studio, title, from, to)
                    .orElseThrow(
                            () ->
                                    new ProblemException(
                                                    ProblemType.UNAVAILABLE,
                                                    "Usage is being counted for the first time.")
                                            .retryAfter(RETRY_AFTER));
        } catch (TooManyRows e) {
            throw new ProblemException(
                    ProblemType.INVALID_REQUEST,
                    e.getMessage() + " Ask for fewer days, or for one title.");
        }
    }

    /** True if CSV is taken, and JSON is not, or less gladly. */
    private static boolean wantsCsv(HttpHeaders headers) {
        for (var type : headers.getAcceptableMediaTypes()) {
            if (type.isCompatible(MediaType.APPLICATION_JSON_TYPE)) return false;
            if (type.isCompatible(CSV_TYPE)) return true;
        }
        return false;
    }
}
