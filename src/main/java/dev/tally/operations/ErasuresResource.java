package dev.tally.operations;

import dev.tally.eventstore.partitions.Erasures;
import dev.tally.eventstore.partitions.Erasures.Erasure;
import dev.tally.eventstore.partitions.PartitionJob;
import dev.tally.http.Identifier;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;

/** Resource of erasures, which remove everything that is stored of a customer. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class ErasuresResource {

    @Inject Erasures erasures;
    @Inject PartitionJob job;

    @DELETE
    @Path("customers/{customerId}")
    @RolesAllowed(Security.OPERATOR)
    public Response erase(
            @PathParam("customerId") @Identifier String customerId,
            @Context SecurityContext caller) {
        var held = erasures.heldPartitions(customerId);
        if (!held.isEmpty()) {
            throw new ProblemException(
                    ProblemType.LEGAL_HOLD, "Under legal hold: " + String.join("; ", held) + ".");
        }
        var erasure = erasures.request(customerId, caller.getUserPrincipal().getName());
        job.runNow();
        return Response.accepted(erasure).build();
    }

    @GET
    @Path("erasures/{erasureId}")
    @RolesAllowed(Security.OPERATOR)
    public Erasure get(@PathParam("erasureId") @Identifier String erasureId) {
        return erasures.find(erasureId)
                .orElseThrow(
                        () ->
                                new ProblemException(
                                        ProblemType.NOT_FOUND,
                                        "There is no erasure " + erasureId + "."));
    }
}
