package dev.tally.operations;

import dev.tally.eventstore.partitions.PartitionJob;
import dev.tally.eventstore.partitions.Partitions;
import dev.tally.eventstore.partitions.Partitions.Description;
import dev.tally.eventstore.partitions.Partitions.Job;
import dev.tally.http.Identifier;
import dev.tally.http.Json;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;

import java.time.InstantSource;
import java.util.List;

/** Resource of the partitions of history, and of the job that takes them to the archive. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class PartitionsResource {

    @Inject Partitions partitions;
    @Inject PartitionJob job;
    @Inject InstantSource clock;

    /** The job, and all partitions, youngest first. Each decade has some dozens. */
    record PartitionList(Job job, List<Description> partitions) {}

    @GET
    @RolesAllowed(Security.OPERATOR)
    @Path("partitions")
    public PartitionList list() {
        return new PartitionList(partitions.job(), partitions.all());
    }

    @GET
    @RolesAllowed(Security.OPERATOR)
    @Path("partitions/{name}")
    public Description get(@PathParam("name") @Identifier String name) {
        return partitions
                .find(name)
                .orElseThrow(
                        () ->
                                new ProblemException(
                                        ProblemType.NOT_FOUND,
                                        "There is no partition " + name + "."));
    }

    /**
     * Asks the job to archive a partition, and all that are older, before its time. A request that
     * is repeated, or for a partition in the archive, is no mistake.
     */
    @POST
    @RolesAllowed(Security.OPERATOR)
    @Path("partitions/{name}/archive")
    public Response archive(@PathParam("name") @Identifier String name) {
        var partition = get(name);
        if (Partitions.takesAppends(partition.endsAt(), clock.instant())) {
            throw new ProblemException(
                    ProblemType.PARTITION_TAKES_APPENDS,
                    "Partition %s takes appends until %s."
                            .formatted(name, Json.text(partition.endsAt())));
        }
        if (!partition.tier().equals("HOT")) {
            return Response.ok(partition).build();
        }
        partitions.request(name);
        job.runNow();
        return Response.accepted(get(name)).build();
    }

    @PUT
    @RolesAllowed(Security.OPERATOR)
    @Path("partitions/{name}/legal-hold")
    @Consumes(MediaType.APPLICATION_JSON)
    public Description hold(
            @PathParam("name") @Identifier String name,
            @NotNull @Valid HoldRequest request,
            @Context SecurityContext caller) {
        get(name);
        partitions.hold(name, request.reason(), caller.getUserPrincipal().getName());
        return get(name);
    }

    @DELETE
    @RolesAllowed(Security.OPERATOR)
    @Path("partitions/{name}/legal-hold")
    public Description release(@PathParam("name") @Identifier String name) {
        get(name);
        partitions.hold(name, null, null);
        return get(name);
    }

    @PUT
    @RolesAllowed(Security.OPERATOR)
    @Path("partition-job")
    @Consumes(MediaType.APPLICATION_JSON)
    public Job pause(@NotNull @Valid PauseRequest request, @Context SecurityContext caller) {
        partitions.pause(request.paused(), caller.getUserPrincipal().getName());
        if (!request.paused()) job.runNow();
        return partitions.job();
    }
}
