package dev.tally.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.Provider;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;

/**
 * Adds to each page the link to the next (RFC 8288). The link is relative and only a query, so it
 * holds under whatever host and path a gateway shows the service.
 */
@Provider
public class NextPage implements ContainerResponseFilter {

    private static final String CURSOR = "cursor";

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (response.getEntity() instanceof Page page && page.next() != null) {
            var query = query(request.getUriInfo().getQueryParameters(), page.next());
            response.getHeaders().putSingle(HttpHeaders.LINK, "<?" + query + ">; rel=\"next\"");
        }
    }

    /** The query of the request with another cursor. */
    static String query(MultivaluedMap<String, String> asked, String cursor) {
        var parameters = new ArrayList<String>();
        asked.forEach(
                (name, values) -> {
                    if (name.equals(CURSOR)) return;
                    for (var value : values) parameters.add(encoded(name) + "=" + encoded(value));
                });
        parameters.add(CURSOR + "=" + encoded(cursor));
        return String.join("&", parameters);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
