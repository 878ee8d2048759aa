package dev.tally.playback.api;

import dev.tally.http.Lines;
import dev.tally.http.MaxBody;
import dev.tally.http.Security;
import dev.tally.licensing.api.Callers;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.StreamingOutput;

import java.io.InputStream;

/** Resource for reports of many customers' players, as a gateway has collected them. */
@Path("/v1/sessions/events")
@ApplicationScoped
public class BulkResource {

    @Inject BulkReports reports;

    /** Answers each line that is not blank with one result, in order, while the lines are read. */
    @POST
    @RolesAllowed(Security.EDGE)
    @Consumes(Lines.NDJSON)
    @Produces(Lines.NDJSON)
    @MaxBody(BulkReports.MAX_BYTES)
    public StreamingOutput report(InputStream lines, @Context SecurityContext security) {
        var caller = Callers.of(security);
        return results -> reports.take(caller, new Lines(lines), results);
    }
}
