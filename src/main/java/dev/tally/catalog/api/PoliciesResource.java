package dev.tally.catalog.api;

import dev.tally.catalog.Catalog;
import dev.tally.catalog.PolicyDocument;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicySettings;
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
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Resource of the policies: the limits that each sets, by scope. */
@Path("/v1/policies")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class PoliciesResource {

    private static final int NONE_YET = 0;

    @Inject Catalog catalog;
    @Inject InstantSource clock;

    /**
     * Settings that a policy is to have.
     *
     * @param settings value of each policy key; null means "no limit", an absent key leaves it to
     *     the less specific policies, and at last to its default
     */
    public record PolicyRequest(@NotNull Map<String, Object> settings) {}

    /**
     * A policy as answers show it.
     *
     * @param unknownSettings settings that only a newer release can read; no decision of this node
     *     depends on them
     */
    record PolicyView(
            String scope,
            String id,
            int version,
            Instant validFrom,
            Map<String, Object> settings,
            Map<String, Object> unknownSettings) {

        static PolicyView of(PolicyDocument policy) {
            return new PolicyView(
                    policy.scope().label(),
                    policy.id(),
                    policy.version(),
                    policy.validFrom(),
                    policy.settings().knownAsJson(),
                    policy.settings().unknown());
        }
    }

    /**
     * All policies, the most specific scope first.
     *
     * @param defaults value of each key where no policy sets it
     * @param unknownScopes scopes of policies that only a newer release can read, which are not
     *     shown
     */
    record PolicyList(
            List<PolicyView> policies, Map<String, Object> defaults, List<String> unknownScopes) {}

    @GET
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public PolicyList list() {
        var policies = catalog.policies();
        return new PolicyList(
                policies.newest().stream()
                        .sorted(
                                Comparator.comparing(PolicyDocument::scope)
                                        .thenComparing(PolicyDocument::id))
                        .map(PolicyView::of)
                        .toList(),
                PolicySettings.defaultsAsJson(),
                policies.unknownScopes().stream().sorted().toList());
    }

    @GET
    @Path("{scope}/{id}")
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response get(@PathParam("scope") String scope, @PathParam("id") @Identifier String id) {
        return catalog.policies()
                .newest(scope(scope, id), id)
                .map(PoliciesResource::answer)
                .orElseThrow(
                        () ->
                                new ProblemException(
                                        ProblemType.NOT_FOUND,
                                        "There is no policy for " + scope + " " + id + "."));
    }

    /**
     * Stores a version of a policy. The first needs no condition; each later one names the version
     * that it follows in {@code If-Match}.
     */
    @PUT
    @Path("{scope}/{id}")
    @RolesAllowed(Security.OPERATOR)
    public Response put(
            @PathParam("scope") String scopeLabel,
            @PathParam("id") @Identifier String id,
            @HeaderParam("If-Match") String ifMatch,
            @NotNull @Valid PolicyRequest request) {
        var scope = scope(scopeLabel, id);
        var settings = settings(request.settings());
        requireTitle(scope, id);
        var newest = catalog.newestPolicy(scope, id);
        var version = newest.map(PolicyDocument::version).orElse(NONE_YET);
        requireSeen(version, ifMatch);
        newest.ifPresent(PoliciesResource::requireUnderstood);
        return catalog.put(scope, id, version, settings, clock.instant())
                .map(PoliciesResource::answer)
                .orElseThrow(PoliciesResource::changedMeanwhile);
    }

    private static void requireSeen(int version, String ifMatch) {
        var expected = Parameters.ifMatch(ifMatch);
        if (ifMatch == null && version != NONE_YET) {
            throw new ProblemException(
                    ProblemType.PRECONDITION_REQUIRED,
                    "Send If-Match with the ETag of the version that this one replaces.");
        }
        var noneToMatch = ifMatch != null && version == NONE_YET;
        var another = expected != null && !expected.equals(String.valueOf(version));
        if (noneToMatch || another) {
            throw changedMeanwhile();
        }
    }

    /** Refuses to replace a policy that this node cannot read all of: the rest would be lost. */
    private static void requireUnderstood(PolicyDocument policy) {
        var unknown = policy.settings().unknown().keySet();
        if (!unknown.isEmpty()) {
            throw new ProblemException(
                    ProblemType.POLICY_OF_NEWER_VERSION,
                    "This node cannot read what the policy sets as "
                            + String.join(", ", unknown)
                            + ". Send it to a node of the release that wrote it.");
        }
    }

    /** Refuses a policy for a title that does not exist: it would never apply. */
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
                Scope.of(label)
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

    private static Map<PolicyKey, Object> settings(Map<String, Object> json) {
        var settings = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        json.forEach((label, value) -> settings.put(key(label), parse(key(label), value)));
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
