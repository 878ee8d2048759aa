package dev.tally.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;

/**
 * Refuses requests that could be read in two ways. A matrix parameter may name one customer to
 * Tally and another to a gateway. An encoded body does not have the size that was sent.
 */
@Provider
@PreMatching
public class PlainRequests implements ContainerRequestFilter {

    @Override
    public void filter(ContainerRequestContext request) {
        if (request.getUriInfo().getRequestUri().getRawPath().contains(";")) {
            throw new ProblemException(
                    ProblemType.INVALID_REQUEST, "Paths have no parameters: send no semicolon.");
        }
        if (request.getHeaders().containsKey(HttpHeaders.CONTENT_ENCODING)) {
            throw new ProblemException(
                    ProblemType.UNSUPPORTED_MEDIA_TYPE, "Send the body without Content-Encoding.");
        }
    }
}
