package dev.tally.catalog.api;

import dev.tally.catalog.Catalog;
import dev.tally.catalog.PolicyDocument;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Scope;
import dev.tally.http.Identifier;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.ids.TitleId;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The limits: what each policy sets, by scope. */
@Path("/v1/policies")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class PoliciesResource {

    private static final int NONE_YET = 0;

    @Inject Catalog catalog;
    @Inject InstantSource clock;

    /**
     * What a policy is to set.
     *
     * @param settings by policy key; null means "no limit", an absent key leaves it to the less
     *     specific policies
     */
    public record PolicyRequest(@NotNull Map<String, Object> settings) {}

    /** A policy as answers show it. */
    record PolicyView(
            String scope, String id, int version, Instant validFrom, Map<String, Object> settings) {

        static PolicyView of(PolicyDocument policy) {
            return new PolicyView(
                    policy.scope().label(),
                    policy.id(),
                    policy.version(),
                    policy.validFrom(),
                    policy.settingsAsJson());
        }
    }

    /** All policies, the most specific scope first. */
    record PolicyList(List<PolicyView> policies) {}

    @GET
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public PolicyList list() {
        return new PolicyList(
                catalog.policies().documents().stream()
                        .sorted(
                                Comparator.comparing(PolicyDocument::scope)
                                        .thenComparing(PolicyDocument::id))
                        .map(PolicyView::of)
                        .toList());
    }

    @GET
    @Path("{scope}/{id}")
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response get(@PathParam("scope") String scope, @PathParam("id") @Identifier String id) {
        return catalog.policies()
                .find(scope(scope, id), id)
                .map(PoliciesResource::answer)
                .orElseThrow(
                        () ->
                                new ProblemException(
                                        ProblemType.NOT_FOUND,
                                        "There is no policy for " + scope + " " + id + "."));
    }

    /** The first version of a policy needs no condition; each later one names what it follows. */
    @PUT
    @Path("{scope}/{id}")
    @RolesAllowed(Security.OPERATOR)
    public Response put(
            @PathParam("scope") String scopeLabel,
            @PathParam("id") @Identifier String id,
            @HeaderParam("If-Match") String ifMatch,
            @NotNull @Valid PolicyRequest request) {
        var scope = scope(scopeLabel, id);
        var settings = settings(scope, request.settings());
        requireTitle(scope, id);
        var expected = Parameters.ifMatch(ifMatch);
        var current =
                catalog.latestPolicies()
                        .find(scope, id)
                        .map(PolicyDocument::version)
                        .orElse(NONE_YET);
        if (ifMatch == null && current != NONE_YET) {
            throw new ProblemException(
                    ProblemType.PRECONDITION_REQUIRED,
                    "Send If-Match with the ETag of the version that this one replaces.");
        }
        var noneToMatch = ifMatch != null && current == NONE_YET;
        var another = expected != null && !expected.equals(String.valueOf(current));
        if (noneToMatch || another) {
            throw changedMeanwhile();
        }
        return catalog.put(scope, id, current, settings, clock.instant())
                .map(PoliciesResource::answer)
                .orElseThrow(PoliciesResource::changedMeanwhile);
    }

    /** A misspelled title would have a policy that never applies. */
    private void requireTitle(Scope scope, String id) {
        if (scope == Scope.TITLE && catalog.title(new TitleId(id)).isEmpty()) {
            throw new ProblemException(ProblemType.UNKNOWN_TITLE, "There is no title " + id + ".");
        }
    }

    private static Response answer(PolicyDocument policy) {
        return Response.ok(PolicyView.of(policy))
                .tag(new EntityTag(String.valueOf(policy.version())))
                .build();
    }

    private static ProblemException changedMeanwhile() {
        return new ProblemException(
                ProblemType.PRECONDITION_FAILED, "The policy is not at the version of If-Match.");
    }

    private static Scope scope(String label, String id) {
        var scope =
                Arrays.stream(Scope.values())
                        .filter(s -> s.label().equals(label))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new ProblemException(
                                                ProblemType.INVALID_REQUEST,
                                                "A policy's scope must be title, studio, plan or"
                                                        + " global."));
        if (scope == Scope.GLOBAL && !id.equals(Scope.GLOBAL_ID)) {
            throw new ProblemException(
                    ProblemType.INVALID_REQUEST,
                    "The one policy of scope global is called " + Scope.GLOBAL_ID + ".");
        }
        return scope;
    }

    private static Map<PolicyKey, Object> settings(Scope scope, Map<String, Object> json) {
        var settings = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        json.forEach((label, value) -> settings.put(key(label), parse(key(label), value)));
        for (var key : PolicyKey.values()) {
            if (scope == Scope.GLOBAL && !settings.containsKey(key)) {
                throw new ProblemException(
                        ProblemType.INVALID_POLICY,
                        "The global policy must set every key; " + key.label() + " is missing.");
            }
        }
        return settings;
    }

    private static PolicyKey key(String label) {
        return PolicyKey.of(label)
                .orElseThrow(
                        () ->
                                new ProblemException(
                                        ProblemType.INVALID_POLICY,
                                        "There is no policy key " + label + "."));
    }

    private static Object parse(PolicyKey key, Object value) {
        try {
            return key.parse(value);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(ProblemType.INVALID_POLICY, e.getMessage() + ".");
        }
    }
}
