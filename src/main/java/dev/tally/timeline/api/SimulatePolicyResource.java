package dev.tally.timeline.api;

import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.http.FreeText;
import dev.tally.http.Identifier;
import dev.tally.http.Locations;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.write.CatalogLookup;
import dev.tally.timeline.simulation.Proposal;
import dev.tally.timeline.simulation.Simulations;
import dev.tally.timeline.simulation.Simulations.Outcome;
import dev.tally.timeline.simulation.Simulations.Question;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;

import java.util.Map;
import java.util.Optional;

/**
 * Resource of a policy that nobody has written: asks who would be denied or allowed under it. The
 * path has a class of its own: of two classes, only the one with the longer path that fits is
 * asked.
 */
@Path("/v1/policies/{scope}/{id}/simulation")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class SimulatePolicyResource {

    /** Longest time whose requests are decided again: denials are kept for so long. */
    static final int MAX_DAYS = 90;

    static final int DEFAULT_DAYS = 30;

    /** Smallest sample: one customer in so many. */
    static final int MAX_ONE_IN = 10_000;

    /** Most characters of an idempotency key, as of commands. */
    private static final int MAX_KEY = 128;

    @Inject Simulations simulations;
    @Inject CatalogLookup catalog;
    @Inject Locations locations;

    /**
     * Request for a simulation.
     *
     * @param settings all that the proposed policy sets
     * @param days length of the time up to now whose requests are decided again; null: 30
     * @param oneIn one customer in so many is looked at; null: all are
     */
    public record SimulationRequest(
            @NotNull Map<String, Object> settings,
            @Min(value = 1, message = "must be at least {value}")
                    @Max(value = MAX_DAYS, message = "must be at most {value}")
                    Integer days,
            @Min(value = 1, message = "must be at least {value}")
                    @Max(value = MAX_ONE_IN, message = "must be at most {value}")
                    Integer oneIn) {}

    /** Asks for a simulation. A retry with the same key gets the one that was asked for. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RolesAllowed(Security.OPERATOR)
    public Response simulate(
            @PathParam("scope") String scopeLabel,
            @PathParam("id") @Identifier String id,
            @HeaderParam("Idempotency-Key")
                    @FreeText
                    @Size(max = MAX_KEY, message = "must be at most {max} characters")
                    String key,
            @NotNull @Valid SimulationRequest request,
            @Context SecurityContext security,
            @Context UriInfo uri) {
        var proposal = new Proposal(scope(scopeLabel, id), id, settings(request.settings()));
        requireKnown(proposal);
        var answer =
                simulations.ask(
                        new Question(
                                proposal,
                                request.days() == null ? DEFAULT_DAYS : request.days(),
                                request.oneIn() == null ? 1 : request.oneIn(),
                                Security.subject(security),
                                key));
        if (answer.outcome() == Outcome.KEY_REUSED) {
            throw new ProblemException(
                    ProblemType.IDEMPOTENCY_KEY_REUSED,
                    "This Idempotency-Key came with another request before.");
        }
        if (answer.outcome() == Outcome.FULL) {
            throw new ProblemException(
                    ProblemType.TOO_MANY_SIMULATIONS,
                    "%d simulations wait already. Cancel one, or ask again later."
                            .formatted(Simulations.MOST_WAITING));
        }
        var simulation = SimulationsResource.found(Optional.ofNullable(answer.simulation()), "");
        return locations
                .accepted(uri, "/v1/simulations/" + simulation.id())
                .entity(SimulationsResource.SimulationView.of(simulation))
                .build();
    }

    private void requireKnown(Proposal proposal) {
        switch (proposal.scope()) {
            case TITLE -> {
                var unused = catalog.title(new TitleId(proposal.id()));
            }
            case STUDIO -> catalog.requireStudio(new StudioId(proposal.id()));
            // Of a customer or a plan that nobody knows, nothing will be found.
            case CUSTOMER, PLAN, GLOBAL -> {}
        }
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

    private static PolicySettings settings(Map<String, Object> json) {
        try {
            return PolicySettings.asked(json);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(ProblemType.INVALID_POLICY, e.getMessage() + ".");
        }
    }
}
