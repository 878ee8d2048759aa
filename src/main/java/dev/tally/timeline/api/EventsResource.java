package dev.tally.timeline.api;

import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Tier;
import dev.tally.http.Identifier;
import dev.tally.http.Page;
import dev.tally.http.Parameters;
import dev.tally.http.Security;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Resource of a customer's history: the events, page by page. */
@Path("/v1/customers/{customerId}/events")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class EventsResource {

    @Inject EventStore store;

    /**
     * An event as answers show it.
     *
     * @param eventId the event's number as text, unique within the customer for ever
     * @param at time at which the event was stored, to the microsecond; all events of a command
     *     have the same
     * @param event name of the event, {@code LicenseIssued}; {@code mapper 99} where this version
     *     does not know the mapper that wrote it
     * @param version version of the event's fields; null if not known
     * @param payload the event's fields; null if this version cannot read the event
     * @param caller sender of the command; null if not known
     */
    record EventView(
            String eventId,
            int seq,
            int generation,
            Instant at,
            String aggregateType,
            String aggregateId,
            String event,
            Integer version,
            Map<String, Object> payload,
            String commandId,
            String caller) {

        static EventView of(Described event) {
            var name = event.name().split("/", 2);
            return new EventView(
                    Integer.toString(event.seq()),
                    event.seq(),
                    event.generation(),
                    event.at(),
                    event.aggregateType(),
                    event.aggregateId(),
                    name[0],
                    name.length == 1 ? null : Integer.valueOf(name[1]),
                    event.payload(),
                    event.commandId(),
                    event.caller());
        }
    }

    /**
     * A page of events, in the order of their numbers.
     *
     * @param next cursor of the next page; null on the last page
     * @param retiredUntil time before which only events are left that states still needed; null if
     *     all are there
     */
    record EventPage(List<EventView> events, String next, Instant retiredUntil) implements Page {}

    @GET
    @RolesAllowed({Security.READER, Security.OPERATOR})
    public EventPage list(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("tier") String tier,
            @QueryParam("from") String from,
            @QueryParam("to") String to,
            @QueryParam("aggregateType") @Identifier String aggregateType,
            @QueryParam("aggregateId") @Identifier String aggregateId,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        var size = Parameters.limit(limit);
        var page =
                store.history(
                        new HistoryQuery(
                                customerId,
                                tier == null
                                        ? Tier.ALL
                                        : Parameters.oneOf("tier", Tier.class, tier),
                                Parameters.instant("from", from),
                                Parameters.instant("to", to),
                                aggregateType,
                                aggregateId,
                                Parameters.after(cursor, 0),
                                size + 1));
        var shown = page.subList(0, Math.min(size, page.size()));
        var next =
                page.size() > size
                        ? Parameters.cursorAfter(Integer.toString(shown.getLast().seq()))
                        : null;
        return new EventPage(
                shown.stream().map(EventView::of).toList(),
                next,
                store.retiredUntil().orElse(null));
    }
}
