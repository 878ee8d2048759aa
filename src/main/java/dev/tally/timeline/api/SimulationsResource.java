package dev.tally.timeline.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.http.Identifier;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.timeline.simulation.Counts;
import dev.tally.timeline.simulation.Example;
import dev.tally.timeline.simulation.Simulation;
import dev.tally.timeline.simulation.Simulation.State;
import dev.tally.timeline.simulation.Simulations;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Resource of simulations that were asked for: their progress and what they have found. */
@Path("/v1/simulations")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class SimulationsResource {

    @Inject Simulations simulations;

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

    @GET
    @RolesAllowed(Security.OPERATOR)
    public SimulationList list() {
        return new SimulationList(simulations.all().stream().map(SimulationView::of).toList());
    }

    @GET
    @Path("{simulationId}")
    @RolesAllowed(Security.OPERATOR)
    public SimulationView get(@PathParam("simulationId") @Identifier String id) {
        return SimulationView.of(found(simulations.find(id), id));
    }

    /** Cancels a simulation. What it has counted so far stays to be read. */
    @DELETE
    @Path("{simulationId}")
    @RolesAllowed(Security.OPERATOR)
    public SimulationView cancel(@PathParam("simulationId") @Identifier String id) {
        return SimulationView.of(found(simulations.cancel(id), id));
    }

    static Simulation found(Optional<Simulation> simulation, String id) {
        return simulation.orElseThrow(
                () ->
                        new ProblemException(
                                ProblemType.NOT_FOUND, "There is no simulation " + id + "."));
    }
}
