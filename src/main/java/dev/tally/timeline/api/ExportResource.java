package dev.tally.timeline.api;

import dev.tally.http.Identifier;
import dev.tally.http.Lines;
import dev.tally.http.Security;
import dev.tally.timeline.export.Export;
import dev.tally.timeline.export.ExportRefused;
import dev.tally.timeline.export.Exported;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** Resource of all that is stored about a customer. */
@Path("/v1/customers/{customerId}/export")
@ApplicationScoped
public class ExportResource {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    @Inject Export export;

    @GET
    @RolesAllowed(Security.OPERATOR)
    @Produces(Lines.NDJSON)
    public Response export(@PathParam("customerId") @Identifier String customerId) {
        var begun = export.begin(customerId);
        StreamingOutput lines = out -> write(begun, out);
        return Response.ok(lines).header(HttpHeaders.CACHE_CONTROL, "no-store").build();
    }

    private void write(Exported begun, OutputStream out) throws IOException {
        try {
            export.write(begun, out);
        } catch (ExportRefused e) {
            throw e.problem().retryAfter(RETRY_AFTER);
        }
    }
}
