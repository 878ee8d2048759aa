package dev.tally.http;

import jakarta.annotation.Priority;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.Provider;

/**
 * Closes every resource method that is not {@link PermitAll} to callers without a valid token.
 * {@code @RolesAllowed} says which role a method needs, and the container checks it.
 */
@Provider
@Priority(Priorities.AUTHENTICATION)
public class Security implements ContainerRequestFilter {

    public static final String EDGE = "edge";
    public static final String READER = "reader";
    public static final String OPERATOR = "operator";

    @Context ResourceInfo resource;

    @Override
    public void filter(ContainerRequestContext request) {
        if (isOpen() || request.getSecurityContext().getUserPrincipal() != null) return;
        request.abortWith(
                unauthenticated(request.getHeaders().containsKey(HttpHeaders.AUTHORIZATION)));
    }

    private boolean isOpen() {
        return resource.getResourceMethod().isAnnotationPresent(PermitAll.class)
                || resource.getResourceClass().isAnnotationPresent(PermitAll.class);
    }

    /**
     * The answer 401. An error code is only for a caller who sent a token (RFC 6750, section 3.1).
     */
    static Response unauthenticated(boolean sentOne) {
        return Problems.response(
                        ProblemType.UNAUTHENTICATED,
                        sentOne
                                ? "The token is expired, not signed by a known key, or not for this"
                                        + " service."
                                : "Send a token: Authorization: Bearer …")
                .header(
                        HttpHeaders.WWW_AUTHENTICATE,
                        "Bearer realm=\"tally\"" + (sentOne ? ", error=\"invalid_token\"" : ""))
                .build();
    }
}
