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
import java.util.regex.Pattern;

/**
 * Makes the addresses in answers. They begin with the configured public URL, or with the path
 * alone, which a client resolves against the URL that it called (RFC 9110, section 10.2.2). The
 * header Host is never used: any caller can send any.
 */
@ApplicationScoped
public class Locations {

    /** An id whose characters stand for themselves in a path (RFC 3986, section 2.3). */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]++");

    @Inject
    @ConfigProperty(name = "tally.public.url")
    Optional<URI> publicUrl;

    private String prefix;

    @PostConstruct
    void prepare() {
        prefix = publicUrl.map(url -> withoutEnd(url.toString())).orElse("");
    }

    /** The answer 201 about what was created below the path of the request. */
    public Response.ResponseBuilder created(UriInfo request, String id) {
        // The header is set as text: JAX-RS would complete a URI with the header Host.
        return Response.status(Response.Status.CREATED)
                .header(HttpHeaders.LOCATION, below(request, id));
    }

    /**
     * The answer 202 about what is at a path of the API.
     *
     * @param path path from the root of the API, of characters that stand for themselves
     */
    public Response.ResponseBuilder accepted(UriInfo request, String path) {
        var root = withoutEnd(request.getBaseUri().getRawPath());
        return Response.status(Response.Status.ACCEPTED)
                .header(HttpHeaders.LOCATION, prefix + root + path);
    }

    private String below(UriInfo request, String id) {
        var path = withoutEnd(request.getRequestUri().getRawPath());
        // A builder of URIs took 3 % of a promise, and our own ids need none.
        return prefix
                + (PLAIN.matcher(id).matches()
                        ? path + "/" + id
                        : UriBuilder.fromPath(path).segment("{id}").build(id).getRawPath());
    }

    private static String withoutEnd(String path) {
        var end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') end--;
        return path.substring(0, end);
    }
}
