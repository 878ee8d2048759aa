package dev.tally.http;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response.Status;
import jakarta.ws.rs.ext.Provider;

import java.lang.annotation.Annotation;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Answers 304 to a query whose caller has the version already, and 412 to one that asks for another
 * version (RFC 9110, section 13.1). A resource only has to set the {@code ETag}.
 *
 * <p>{@code If-None-Match} is compared weakly: a gateway that compresses answers makes their tags
 * weak. {@code If-Match} is compared strongly.
 */
@Provider
public class Conditions implements ContainerResponseFilter {

    private static final String ANY = "*";

    private static final Annotation[] NO_ANNOTATIONS = {};

    private static final Pattern TAG = Pattern.compile("(W/)?\"([^\"]*)\"");

    /** An entity tag. JAX-RS has its own, but only inside a container. */
    record Tag(String value, boolean isWeak) {}

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        var entityTag = response.getEntityTag();
        if (entityTag == null || !isAnsweredQuery(request, response)) return;
        var tag = new Tag(entityTag.getValue(), entityTag.isWeak());
        if (!isAskedFor(request.getHeaders().get(HttpHeaders.IF_MATCH), tag)) {
            refuse(response, tag);
        } else if (isKnown(request.getHeaders().get(HttpHeaders.IF_NONE_MATCH), tag)) {
            response.setStatusInfo(Status.NOT_MODIFIED);
            response.setEntity(null);
        }
    }

    private static boolean isAnsweredQuery(
            ContainerRequestContext request, ContainerResponseContext response) {
        var isQuery =
                request.getMethod().equals(HttpMethod.GET)
                        || request.getMethod().equals(HttpMethod.HEAD);
        return isQuery && response.getStatus() == Status.OK.getStatusCode();
    }

    /** True if the caller has this version; null stands for a caller who does not say. */
    static boolean isKnown(List<String> ifNoneMatch, Tag tag) {
        return ifNoneMatch != null && isNamed(ifNoneMatch, known -> known.value.equals(tag.value));
    }

    /** True if the caller asks for this version, or for any. */
    static boolean isAskedFor(List<String> ifMatch, Tag tag) {
        return ifMatch == null || isNamed(ifMatch, asked -> !asked.isWeak && asked.equals(tag));
    }

    private static boolean isNamed(List<String> headers, Predicate<Tag> isIt) {
        return headers.stream().anyMatch(h -> h.strip().equals(ANY) || tags(h).anyMatch(isIt));
    }

    private static Stream<Tag> tags(String header) {
        return TAG.matcher(header)
                .results()
                .map(found -> new Tag(found.group(2), found.group(1) != null));
    }

    private static void refuse(ContainerResponseContext response, Tag tag) {
        var problem =
                new ProblemException(
                        ProblemType.PRECONDITION_FAILED, "The version is " + tag.value + " now.");
        response.setStatusInfo(Status.PRECONDITION_FAILED);
        response.setEntity(Problem.of(problem), NO_ANNOTATIONS, Problem.MEDIA_TYPE);
    }
}
