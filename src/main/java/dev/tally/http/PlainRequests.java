package dev.tally.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;

/**
 * Takes no request that could be read in two ways: a matrix parameter, which names one customer to
 * us and another to a gateway; an encoded body, whose size is not what was sent.
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
