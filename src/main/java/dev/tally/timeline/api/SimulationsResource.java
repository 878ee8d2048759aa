package dev.tally.timeline.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

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
import dev.tally.timeline.simulation.Counts;
import dev.tally.timeline.simulation.Example;
import dev.tally.timeline.simulation.Proposal;
import dev.tally.timeline.simulation.Simulation;
import dev.tally.timeline.simulation.Simulation.State;
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
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
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

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Resource of simulations: who would be denied or allowed under a policy that nobody has written.
 */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class SimulationsResource {

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

    /**
     * Number of requests that a rule would deny, or had denied.
     *
     * @param newlyDenied commands that were allowed and that the rule, among others, would deny
     * @param newlyAllowed denials by the rule, among others, of what would be allowed
     */
    record SimulatedRule(String rule, long newlyDenied, long newlyAllowed) {}

    /** What a simulation has counted so far. */
    record SimulationCounts(
            long customers,
            long customersUnknown,
            long commands,
            long denials,
            long notReproduced,
            long notJudged,
            long newlyDenied,
            long newlyAllowed,
            long customersDenied,
            long customersAllowed,
            List<SimulatedRule> rules) {

        static SimulationCounts of(Counts counts) {
            var changes = counts.changes();
            return new SimulationCounts(
                    counts.customers(),
                    counts.customersUnknown(),
                    counts.commands(),
                    counts.denials(),
                    counts.notReproduced(),
                    counts.notJudged(),
                    changes.newlyDenied(),
                    changes.newlyAllowed(),
                    changes.customersDenied(),
                    changes.customersAllowed(),
                    counts.rules().entrySet().stream()
                            .sorted(Map.Entry.comparingByKey())
                            .map(
                                    of ->
                                            new SimulatedRule(
                                                    of.getKey(),
                                                    of.getValue().newlyDenied(),
                                                    of.getValue().newlyAllowed()))
                            .toList());
        }
    }

    /**
     * A request that would have another outcome.
     *
     * @param eventId first event of the command; null: it was denied
     * @param denialId null: it was allowed
     * @param titleId null: a deactivation is about no title
     */
    record SimulationExample(
            String outcome,
            String customerId,
            String kind,
            Instant at,
            String eventId,
            String denialId,
            String deviceId,
            String titleId,
            List<String> rules) {

        private static final String DENIED = "NEWLY_DENIED";

        static SimulationExample of(Example of) {
            var told = of.example();
            var isCommand = told.outcome().equals(DENIED);
            return new SimulationExample(
                    told.outcome(),
                    of.customerId(),
                    told.kind(),
                    of.at(),
                    isCommand ? of.place() : null,
                    isCommand ? null : of.place(),
                    told.deviceId(),
                    told.titleId(),
                    told.rules());
        }
    }

    /**
     * A simulation, and what it has found so far.
     *
     * @param beganAt null: it waits, or was cancelled before it began
     * @param endedAt null: it has not ended
     * @param customersPassed customers that it has passed, whether or not they are in the sample
     * @param customersThere customers there were when it began, about; null: it has not begun
     * @param examples only where one simulation is asked for
     */
    record SimulationView(
            String simulationId,
            State state,
            String scope,
            String id,
            Map<String, Object> settings,
            Instant from,
            Instant to,
            int oneIn,
            String askedBy,
            Instant askedAt,
            Instant beganAt,
            Instant endedAt,
            long customersPassed,
            Long customersThere,
            SimulationCounts counts,
            @JsonInclude(Include.NON_NULL) List<SimulationExample> examples) {

        static SimulationView of(Simulation of) {
            var asked = of.asked();
            var progress = of.progress();
            return new SimulationView(
                    of.id(),
                    progress.state(),
                    asked.proposal().scope().label(),
                    asked.proposal().id(),
                    asked.proposal().settings().knownAsJson(),
                    asked.from(),
                    asked.to(),
                    asked.oneIn(),
                    asked.by(),
                    asked.at(),
                    progress.beganAt(),
                    progress.endedAt(),
                    progress.lookedAt(),
                    progress.customers(),
                    SimulationCounts.of(of.counts()),
                    of.examples() == null
                            ? null
                            : of.examples().stream().map(SimulationExample::of).toList());
        }
    }

    /** All simulations that are kept, the newest first. */
    record SimulationList(List<SimulationView> simulations) {}

    /** Asks for a simulation. A retry with the same key gets the one that was asked for. */
    @POST
    @Path("policies/{scope}/{id}/simulation")
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
        var simulation = found(Optional.ofNullable(answer.simulation()), "");
        return locations
                .accepted(uri, "/v1/simulations/" + simulation.id())
                .entity(SimulationView.of(simulation))
                .build();
    }

    @GET
    @Path("simulations")
    @RolesAllowed(Security.OPERATOR)
    public SimulationList list() {
        return new SimulationList(simulations.all().stream().map(SimulationView::of).toList());
    }

    @GET
    @Path("simulations/{simulationId}")
    @RolesAllowed(Security.OPERATOR)
    public SimulationView get(@PathParam("simulationId") @Identifier String id) {
        return SimulationView.of(found(simulations.find(id), id));
    }

    /** Cancels a simulation. What it has counted so far stays to be read. */
    @DELETE
    @Path("simulations/{simulationId}")
    @RolesAllowed(Security.OPERATOR)
    public SimulationView cancel(@PathParam("simulationId") @Identifier String id) {
        return SimulationView.of(found(simulations.cancel(id), id));
    }

    private static Simulation found(Optional<Simulation> simulation, String id) {
        return simulation.orElseThrow(
                () ->
                        new ProblemException(
                                ProblemType.NOT_FOUND, "There is no simulation " + id + "."));
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
