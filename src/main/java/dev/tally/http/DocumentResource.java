package dev.tally.http;

import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Resource of the OpenAPI document, as it was written. */
@Path("/openapi")
@PermitAll
public class DocumentResource {

    /** RFC 9512. */
    private static final String YAML = "application/yaml";

    private static final String DOCUMENT = "/META-INF/openapi.yaml";

    /** Form in which the document is asked for. */
    public enum Format {
        YAML,
        JSON
    }

    /** The document in YAML; in JSON from where the container converts it. */
    @GET
    public Response document(@QueryParam("format") @DefaultValue("YAML") Format format) {
        if (format == Format.JSON) {
            return Response.status(Response.Status.FOUND)
                    .header(HttpHeaders.LOCATION, "/openapi/document?format=JSON")
                    .build();
        }
        try (var document = DocumentResource.class.getResourceAsStream(DOCUMENT)) {
            return Response.ok(document.readAllBytes(), YAML).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
