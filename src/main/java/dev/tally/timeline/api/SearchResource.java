package dev.tally.timeline.api;

import dev.tally.eventstore.EventSearch.Hit;
import dev.tally.http.Identifier;
import dev.tally.http.Security;
import dev.tally.timeline.IdSearch;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;

import java.time.Instant;
import java.util.List;

/**
 * Resource of all customers: finds them by an id that stands in their history. Its path begins
 * where that of erasures does: of two classes, only the one with the longer path that fits is
 * asked.
 */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class SearchResource {

    @Inject IdSearch search;

    /**
     * A customer in whose history the id stands.
     *
     * @param eventId newest event that was found with the id
     * @param at time at which that event was stored
     * @param aggregateType type of the aggregate that has the id, or that the command happened to
     * @param isCommand true if the id is a command's
     */
    record FoundCustomer(
            String customerId,
            String eventId,
            Instant at,
            String aggregateType,
            boolean isCommand) {

        static FoundCustomer of(Hit hit) {
            return new FoundCustomer(
                    hit.customerId(),
                    Integer.toString(hit.seq()),
                    hit.at(),
                    hit.aggregateType(),
                    hit.isCommand());
        }
    }

    /**
     * The customers that were found.
     *
     * @param from begin of the time whose events were searched
     * @param to end of that time
     * @param hasMore true if more customers have the id
     */
    record FoundCustomers(
            List<FoundCustomer> customers, Instant from, Instant to, boolean hasMore) {}

    @GET
    @Path("customers")
    @RolesAllowed({Security.READER, Security.OPERATOR})
    public FoundCustomers find(@QueryParam("id") @NotNull @Identifier String id) {
        var found = search.find(id);
        return new FoundCustomers(
                found.hits().stream().map(FoundCustomer::of).toList(),
                found.from(),
                found.to(),
                found.hasMore());
    }
}
