package dev.tally.catalog.api;

import dev.tally.catalog.Catalog;
import dev.tally.catalog.CustomerPolicies;
import dev.tally.catalog.PolicyDocument;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.eventstore.Caller;
import dev.tally.http.Identifier;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.runtime.Ids;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;
import jakarta.ws.rs.core.SecurityContext;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Resource of the policies: the limits that each sets, by scope. */
@Path("/v1/policies")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class PoliciesResource {

    private static final int NONE_YET = 0;

    /** Longest time before a policy begins at which it can be written. */
    static final Duration MAX_AHEAD = Duration.ofDays(366);

    @Inject Catalog catalog;
    @Inject CustomerPolicies customers;
    @Inject InstantSource clock;

    /**
     * Settings that a policy is to have.
     *
     * @param settings value of each policy key; null means "no limit", an absent key leaves it to
     *     the less specific policies, and at last to its default
     * @param validFrom time from which it is to be in force; null: from now on
     */
    public record PolicyRequest(@NotNull Map<String, Object> settings, Instant validFrom) {}

    /**
     * All policies, the most specific scope first.
     *
     * @param defaults value of each key where no policy sets it
     * @param unknownScopes scopes of policies that only a newer release can read, which are not
     *     shown
     */
    record PolicyList(
            List<PolicyView> policies, Map<String, Object> defaults, List<String> unknownScopes) {}

    /**
     * Lists the policies.
     *
     * @param version newest version to be known; null: all are
     */
    @GET
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response list(@QueryParam("version") String version, @Context Request conditions) {
        var now = clock.instant();
        var list = list(version == null ? catalog.policies() : knownAt(version, now), now);
        return Tags.answer(conditions, Tags.ofContent(list), list);
    }

    private static PolicyList list(PolicySet policies, Instant now) {
        return new PolicyList(
                policies.newest().stream()
                        .sorted(
                                Comparator.comparing(PolicyDocument::scope)
                                        .thenComparing(PolicyDocument::id))
                        .flatMap(p -> PolicyView.find(policies, p.scope(), p.id(), now).stream())
                        .toList(),
                PolicyView.defaults(),
                policies.unknownScopes().stream().sorted().toList());
    }

    /**
     * Shows a policy: what is in force, and what is to come.
     *
     * @param version version up to which the newest of this policy is shown, even one that says it
     *     is removed; null: what is in force, and what is to come
     */
    @GET
    @Path("{scope}/{id}")
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response get(
            @PathParam("scope") String scopeLabel,
            @PathParam("id") @Identifier String id,
            @QueryParam("version") String version,
            @Context Request conditions) {
        var scope = scope(scopeLabel, id);
        var now = clock.instant();
        var found =
                version == null
                        ? PolicyView.find(policies(scope, id), scope, id, now)
                        : newestUpTo(version, scope, id, now)
                                .map(policy -> PolicyView.of(policy, now));
        return found.map(view -> Tags.answer(conditions, view.tag(), view))
                .orElseThrow(() -> noPolicy(scope, id));
    }

    /** The policies among which one is found. */
    private PolicySet policies(Scope scope, String id) {
        return scope == Scope.CUSTOMER ? customers.current(new CustomerId(id)) : catalog.policies();
    }

    private Optional<PolicyDocument> newestUpTo(
            String version, Scope scope, String id, Instant now) {
        return scope == Scope.CUSTOMER
                ? customers.upTo(new CustomerId(id), number(version))
                : knownAt(version, now).newest(scope, id);
    }

    /** The newest version of a policy, as the database has it now, perhaps a removal. */
    private Optional<PolicyDocument> newest(Scope scope, String id) {
        return scope == Scope.CUSTOMER
                ? customers.current(new CustomerId(id)).newest(scope, id)
                : catalog.newestPolicy(scope, id);
    }

    private static int number(String text) {
        if (!text.matches("[1-9][0-9]{0,8}")) {
            throw new ProblemException(
                    ProblemType.INVALID_REQUEST, "version must be a number from 1 on.");
        }
        return Integer.parseInt(text);
    }

    /** The policies with knowledge up to a version. */
    private PolicySet knownAt(String text, Instant now) {
        var version = number(text);
        if (version > catalog.newestPolicyVersion()) {
            throw new ProblemException(
                    ProblemType.NOT_FOUND, "There is no policy version " + version + " yet.");
        }
        return catalog.policiesAsOf(version, now);
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
            @HeaderParam("If-None-Match") String ifNoneMatch,
            @Context SecurityContext security,
            @NotNull @Valid PolicyRequest request) {
        var scope = scope(scopeLabel, id);
        var now = clock.instant();
        var settings = settings(request.settings());
        var validFrom = validFrom(request.validFrom(), now);
        requireKnown(scope, id);
        var newest = newest(scope, id);
        var there = newest.filter(policy -> !policy.removed());
        if (Tags.isForNew(ifNoneMatch) && there.isPresent()) throw changedMeanwhile();
        requireSeen(versionOf(there), ifMatch);
        there.ifPresent(PoliciesResource::requireUnderstood);
        var stored =
                (scope == Scope.CUSTOMER
                                ? put(id, versionOf(there), settings, validFrom, security)
                                : catalog.put(scope, id, versionOf(newest), settings, validFrom))
                        .orElseThrow(PoliciesResource::changedMeanwhile);
        // What begins at once has begun, though the customer's time may be ahead of this node's.
        var beginsAtOnce = request.validFrom() == null && stored.validFrom().isAfter(now);
        var view = PolicyView.of(stored, beginsAtOnce ? stored.validFrom() : now);
        return Response.status(there.isPresent() ? Status.OK : Status.CREATED)
                .entity(view)
                .tag(new EntityTag(view.tag()))
                .build();
    }

    /**
     * Removes a policy, and what was to come of it. From then on the less specific policies and the
     * defaults apply.
     */
    @DELETE
    @Path("{scope}/{id}")
    @RolesAllowed(Security.OPERATOR)
    public Response remove(
            @PathParam("scope") String scopeLabel,
            @PathParam("id") @Identifier String id,
            @HeaderParam("If-Match") String ifMatch,
            @Context SecurityContext security) {
        var scope = scope(scopeLabel, id);
        var now = clock.instant();
        var there =
                newest(scope, id)
                        .filter(policy -> !policy.removed())
                        .orElseThrow(() -> noPolicy(scope, id));
        requireSeen(there.version(), ifMatch);
        requireUnderstood(there);
        var at = now.truncatedTo(ChronoUnit.MILLIS);
        return (scope == Scope.CUSTOMER
                        ? put(id, there.version(), null, at, security)
                        : catalog.remove(scope, id, there.version(), at))
                .map(removed -> Response.ok(PolicyView.of(removed, now)).build())
                .orElseThrow(PoliciesResource::changedMeanwhile);
    }

    private Optional<PolicyDocument> put(
            String customer,
            int supersedes,
            Map<PolicyKey, Object> settings,
            Instant validFrom,
            SecurityContext security) {
        return customers.put(
                new CustomerId(customer),
                supersedes,
                settings == null ? null : PolicySettings.of(settings),
                validFrom,
                Ids.next(),
                new Caller(Security.OPERATOR, Security.subject(security)));
    }

    private static int versionOf(Optional<PolicyDocument> policy) {
        return policy.map(PolicyDocument::version).orElse(NONE_YET);
    }

    private static Instant validFrom(Instant said, Instant now) {
        if (said == null) return now;
        var asked = Parameters.from(said, now);
        if (asked.isBefore(now)) {
            throw ProblemException.invalid("validFrom", "must not lie in the past");
        }
        if (asked.isAfter(now.plus(MAX_AHEAD))) {
            throw ProblemException.invalid(
                    "validFrom", "must lie at most " + MAX_AHEAD.toDays() + " days ahead");
        }
        return asked.truncatedTo(ChronoUnit.MILLIS);
    }

    private static void requireSeen(int version, String ifMatch) {
        var expected = Parameters.ifMatch(ifMatch);
        if (ifMatch == null && version != NONE_YET) {
            throw new ProblemException(
                    ProblemType.PRECONDITION_REQUIRED,
                    "Send If-Match with the ETag of the version that this one replaces.");
        }
        var noneToMatch = ifMatch != null && version == NONE_YET;
        var another =
                expected != null && !expected.split("\\.", -1)[0].equals(String.valueOf(version));
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

    /**
     * Refuses a policy for a title or studio that nobody knows: it would never apply. A plan is
     * known by its policy, so this is how one is created.
     */
    private void requireKnown(Scope scope, String id) {
        switch (scope) {
            case TITLE -> {
                if (catalog.title(new TitleId(id)).isEmpty()) {
                    throw new ProblemException(
                            ProblemType.UNKNOWN_TITLE, "There is no title " + id + ".");
                }
            }
            case STUDIO -> {
                if (!catalog.hasStudio(new StudioId(id))) {
                    throw new ProblemException(
                            ProblemType.UNKNOWN_STUDIO, "No title is of studio " + id + ".");
                }
            }
            // A customer is known by what was stored of them, so a policy may be the first of it.
            case CUSTOMER, PLAN, GLOBAL -> {}
        }
    }

    private static ProblemException noPolicy(Scope scope, String id) {
        return new ProblemException(
                ProblemType.NOT_FOUND, "There is no policy for " + scope.label() + " " + id + ".");
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
                                                "A policy's scope must be customer, title, studio,"
                                                        + " plan or global."));
        if (scope == Scope.GLOBAL && !id.equals(Scope.GLOBAL_ID)) {
            throw new ProblemException(
                    ProblemType.INVALID_REQUEST,
                    "The one policy of scope global is called " + Scope.GLOBAL_ID + ".");
        }
        return scope;
    }

    private static Map<PolicyKey, Object> settings(Map<String, Object> json) {
        try {
            return PolicySettings.asked(json).known();
        } catch (IllegalArgumentException e) {
            throw new ProblemException(ProblemType.INVALID_POLICY, e.getMessage() + ".");
        }
    }
}
