package dev.tally.http;

import jakarta.annotation.Priority;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.ext.Provider;

import java.lang.reflect.AnnotatedElement;
import java.security.Principal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Finds out who calls, from the token, and whether the caller may call this resource method. A
 * method says so by {@link RolesAllowed} or {@link PermitAll}; one that says nothing is closed.
 */
@Provider
@Priority(Priorities.AUTHENTICATION)
public class Security implements ContainerRequestFilter {

    public static final String EDGE = "edge";
    public static final String READER = "reader";
    public static final String OPERATOR = "operator";

    private static final Logger LOG = Logger.getLogger(Security.class.getName());
    private static final Duration RETRY_AFTER_OUTAGE = Duration.ofSeconds(10);

    /** Most characters of a subject, since it is stored with every command. */
    private static final int MAX_SUBJECT = 128;

    private static final String SCHEME = "Bearer";
    private static final String CUSTOMER_IN_PATH = "customerId";

    @Inject CallerTokens tokens;
    @Context ResourceInfo resource;

    @Override
    public void filter(ContainerRequestContext request) {
        if (says(PermitAll.class).isPresent()) return;
        var header = request.getHeaderString(HttpHeaders.AUTHORIZATION);
        var token = header == null ? null : token(header);
        if (token == null) {
            request.abortWith(unauthenticated());
            return;
        }
        try {
            var caller = tokens.verify(token);
            requireRole(caller);
            requireCustomer(caller, request);
            request.setSecurityContext(new Known(caller, request.getSecurityContext().isSecure()));
        } catch (TokenRefused e) {
            request.abortWith(unauthenticated(e.getMessage()));
        } catch (IssuerKeys.Unavailable e) {
            LOG.log(Level.WARNING, e.getMessage());
            request.abortWith(
                    Problems.unavailable(
                            "The identity provider's keys cannot be read, so nobody can be"
                                    + " recognised.",
                            RETRY_AFTER_OUTAGE));
        }
    }

    /** The token in a header; null if the header has another scheme (RFC 9110: in any case). */
    private static String token(String header) {
        var parts = header.strip().split(" +", 2);
        return parts.length == 2 && parts[0].equalsIgnoreCase(SCHEME) ? parts[1] : null;
    }

    private void requireRole(TokenCaller caller) {
        var allowed =
                says(RolesAllowed.class).map(RolesAllowed::value).stream()
                        .flatMap(Arrays::stream)
                        .anyMatch(caller.roles()::contains);
        if (!allowed) {
            throw new ProblemException(ProblemType.FORBIDDEN, "Another role is needed for this.");
        }
    }

    /** Keeps a token that names a customer from everything but that customer. */
    private static void requireCustomer(TokenCaller caller, ContainerRequestContext request) {
        if (caller.customer() == null) return;
        var named = request.getUriInfo().getPathParameters().get(CUSTOMER_IN_PATH);
        if (!List.of(caller.customer()).equals(named)) {
            throw new ProblemException(
                    ProblemType.FORBIDDEN, "The token is good for another customer alone.");
        }
    }

    /** An annotation of the resource method, else of its class. */
    private <A extends java.lang.annotation.Annotation> Optional<A> says(Class<A> annotation) {
        var method = resource.getResourceMethod();
        var other = annotation == PermitAll.class ? RolesAllowed.class : PermitAll.class;
        AnnotatedElement place =
                method.isAnnotationPresent(annotation) || method.isAnnotationPresent(other)
                        ? method
                        : resource.getResourceClass();
        return Optional.ofNullable(place.getAnnotation(annotation));
    }

    /** The answer 401 to a caller without a token. */
    static Response unauthenticated() {
        return unauthenticated("Send a token: Authorization: Bearer …", "");
    }

    /**
     * The answer 401 to a caller whose token is not valid. An error code is only for a caller who
     * sent a token (RFC 6750, section 3.1).
     */
    private static Response unauthenticated(String reason) {
        return unauthenticated(
                reason, ", error=\"invalid_token\", error_description=\"" + reason + "\"");
    }

    private static Response unauthenticated(String detail, String error) {
        return Problems.response(ProblemType.UNAUTHENTICATED, detail)
                .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"tally\"" + error)
                .build();
    }

    /**
     * True if the caller is one player, whose token is good for one customer alone. Of such a
     * caller only the role is kept with what it did.
     */
    public static boolean isPlayer(SecurityContext security) {
        return security.getUserPrincipal() instanceof TokenCaller caller
                && caller.customer() != null;
    }

    /** Subject of the caller's token, as it is stored with commands. */
    public static String subject(SecurityContext security) {
        var subject = security.getUserPrincipal().getName();
        return subject.length() <= MAX_SUBJECT ? subject : subject.substring(0, MAX_SUBJECT);
    }

    /** The security context of a caller that is known. */
    private record Known(TokenCaller caller, boolean secure) implements SecurityContext {

        @Override
        public Principal getUserPrincipal() {
            return caller;
        }

        @Override
        public boolean isUserInRole(String role) {
            return roles().contains(role);
        }

        private Set<String> roles() {
            return caller.roles();
        }

        @Override
        public boolean isSecure() {
            return secure;
        }

        @Override
        public String getAuthenticationScheme() {
            return SCHEME;
        }
    }
}
