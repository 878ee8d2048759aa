package dev.tally.http;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriBuilder;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.net.URI;
import java.util.Optional;

/**
 * Makes the addresses in answers. They begin with the configured public URL, or with the path
 * alone, which a client resolves against the URL that it called (RFC 9110, section 10.2.2). The
 * header Host is never used: any caller can send any.
 */
@ApplicationScoped
public class Locations {

    @Inject
    @ConfigProperty(name = "tally.public.url")
    Optional<URI> publicUrl;

    private String prefix;

    @PostConstruct
    void prepare() {
        prefix = publicUrl.map(url -> url.toString().replaceAll("/+$", "")).orElse("");
    }

    /** The answer 201 about what was created below the path of the request. */
    public Response.ResponseBuilder created(UriInfo request, String id) {
        // The header is set as text: JAX-RS would complete a URI with the header Host.
        return Response.status(Response.Status.CREATED)
                .header(HttpHeaders.LOCATION, below(request, id));
    }

    private String below(UriInfo request, String id) {
        var path = request.getRequestUri().getRawPath().replaceAll("/+$", "");
        return prefix + UriBuilder.fromPath(path).segment("{id}").build(id).getRawPath();
    }
}
