package dev.tally.timeline.api;

import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.HistoryQuery.Place;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.Tier;
import dev.tally.http.Identifier;
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
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/** What has happened to one customer. */
@Path("/v1/customers/{customerId}/events")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class EventsResource {

    @Inject EventStore store;

    /**
     * An event as answers show it.
     *
     * @param eventId unique within the customer: {@code License:3:1042}
     * @param at when it was stored, to the microsecond: the order
     * @param event what happened: {@code LicenseIssued}
     * @param version of the event's fields
     */
    record EventView(
            String eventId,
            String streamType,
            int generation,
            int seq,
            Instant at,
            String aggregateId,
            String event,
            int version,
            Map<String, Object> payload,
            String commandId) {

        static EventView of(Described described) {
            var event = described.event();
            var name = described.name().split("/", 2);
            return new EventView(
                    event.id(),
                    event.type().label(),
                    event.generation(),
                    event.seq(),
                    event.at(),
                    event.aggregateId(),
                    name[0],
                    Integer.parseInt(name[1]),
                    described.payload(),
                    event.command().key());
        }
    }

    /**
     * Events in the order of their time.
     *
     * @param next the cursor of the next page; null: this is the last
     * @param retiredUntil of the events before, only those are left that states still needed; null:
     *     all are there
     */
    record EventPage(List<EventView> events, String next, Instant retiredUntil) {}

    @GET
    @RolesAllowed({Security.READER, Security.OPERATOR})
    public EventPage list(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("tier") String tier,
            @QueryParam("from") String from,
            @QueryParam("to") String to,
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
                                aggregateId,
                                place(Parameters.after(cursor)),
                                size + 1));
        var shown = page.subList(0, Math.min(size, page.size()));
        var next =
                page.size() > size
                        ? Parameters.cursorAfter(text(Place.of(shown.getLast().event())))
                        : null;
        return new EventPage(
                shown.stream().map(EventView::of).toList(), next, store.retiredUntil());
    }

    private static String text(Place place) {
        return "%d.%s.%d"
                .formatted(
                        ChronoUnit.MICROS.between(Instant.EPOCH, place.at()),
                        place.type().code(),
                        place.seq());
    }

    private static Place place(String text) {
        if (text == null) {
            return null;
        }
        var parts = text.split("\\.", -1);
        try {
            return new Place(
                    Instant.EPOCH.plus(Long.parseLong(parts[0]), ChronoUnit.MICROS),
                    StreamType.of(parts[1].charAt(0)),
                    Integer.parseInt(parts[2]));
        } catch (RuntimeException e) {
            throw Parameters.notACursor();
        }
    }
}
