package dev.tally.timeline.api;

import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Tier;
import dev.tally.http.FreeText;
import dev.tally.http.Identifier;
import dev.tally.http.Page;
import dev.tally.http.Parameters;
import dev.tally.http.Security;
import dev.tally.timeline.Asked;
import dev.tally.timeline.Asked.Occurred;
import dev.tally.timeline.Budget;
import dev.tally.timeline.Difference;
import dev.tally.timeline.Step;
import dev.tally.timeline.Step.Change;
import dev.tally.timeline.Timeline;
import dev.tally.timeline.Timeline.Part;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Resource of a customer's timeline: the commands, page by page, each with what it changed. */
@Path("/v1/customers/{customerId}/timeline")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class TimelineResource {

    private static final int MAX_TEXT = 128;

    /** Directions of a cursor, and their first letters in it. */
    private static final char AFTER = 'a';

    private static final char BEFORE = 'b';

    @Inject Timeline timeline;
    @Inject EventStore store;

    /**
     * An event, and what it changed.
     *
     * @param occurredAt time by the device's clock; null: the device told none
     * @param changes fields of the aggregate that the event changed; null if they are not known
     */
    record TimelineEvent(
            String eventId,
            int seq,
            int generation,
            Tier tier,
            String aggregateType,
            String aggregateId,
            String event,
            Integer version,
            Instant occurredAt,
            Map<String, Object> payload,
            List<Difference> changes) {

        static TimelineEvent of(Change change) {
            var event = change.event();
            var name = event.name().split("/", 2);
            return new TimelineEvent(
                    Integer.toString(event.seq()),
                    event.seq(),
                    event.generation(),
                    event.tier(),
                    event.aggregateType(),
                    event.aggregateId(),
                    name[0],
                    name.length == 1 ? null : Integer.valueOf(name[1]),
                    change.occurredAt().orElse(null),
                    event.payload(),
                    change.differences());
        }
    }

    /**
     * A command, with all its events.
     *
     * @param at time at which it was stored, to the microsecond
     * @param caller sender of the command; null if not known
     * @param budgets budgets that it used, or gave back; null if they are not known
     */
    record TimelineCommand(
            String commandId,
            Instant at,
            String caller,
            List<TimelineEvent> events,
            List<Budget> budgets) {

        static TimelineCommand of(Step step) {
            var first = step.events().getFirst().event();
            return new TimelineCommand(
                    first.commandId(),
                    first.at(),
                    first.caller(),
                    step.events().stream().map(TimelineEvent::of).toList(),
                    step.budgets());
        }
    }

    /**
     * A page of commands, in the order of their events.
     *
     * @param next cursor of the next page; null on the last page
     * @param previous cursor of the page before; null on the first page
     * @param retiredUntil time before which only events are left that states still needed; null if
     *     all are there
     */
    record TimelinePage(
            List<TimelineCommand> commands, String next, String previous, Instant retiredUntil)
            implements Page {}

    @GET
    @RolesAllowed({Security.READER, Security.OPERATOR})
    public TimelinePage list(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("tier") String tier,
            @QueryParam("from") String from,
            @QueryParam("to") String to,
            @QueryParam("occurredFrom") String occurredFrom,
            @QueryParam("occurredTo") String occurredTo,
            @QueryParam("aggregateType") @Identifier String aggregateType,
            @QueryParam("aggregateId") @Identifier String aggregateId,
            @QueryParam("event") List<String> events,
            @QueryParam("text")
                    @FreeText
                    @Size(max = MAX_TEXT, message = "must be at most {max} characters")
                    String text,
            @QueryParam("newest") String newest,
            @QueryParam("at") String at,
            @QueryParam("eventId") String eventId,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        var asked =
                new Asked(
                        tier == null ? Tier.ALL : Parameters.oneOf("tier", Tier.class, tier),
                        Parameters.instant("from", from),
                        Parameters.instant("to", to),
                        aggregateType,
                        aggregateId,
                        Set.copyOf(events),
                        new Occurred(
                                Parameters.instant("occurredFrom", occurredFrom),
                                Parameters.instant("occurredTo", occurredTo)),
                        text);
        var size = Parameters.limit(limit);
        var begin =
                new Begin(
                        Parameters.flag("newest", newest),
                        Parameters.instant("at", at),
                        Parameters.eventId("eventId", eventId));
        var place = Place.of(Parameters.after(cursor));
        if (place == null) place = place(customerId, begin);
        var part =
                place.direction == BEFORE
                        ? timeline.before(customerId, asked, place.seq, size)
                        : timeline.after(customerId, asked, place.seq, size);
        return page(part, place);
    }

    /**
     * What a caller without a cursor wants to see first; the first of these that is said counts.
     */
    private record Begin(boolean isNewest, Instant at, Integer eventId) {}

    private Place place(String customerId, Begin begin) {
        if (begin.isNewest) return new Place(BEFORE, timeline.end(customerId));
        if (begin.at != null) return new Place(BEFORE, timeline.endAt(customerId, begin.at));
        if (begin.eventId != null) {
            return new Place(BEFORE, timeline.endOfCommand(customerId, begin.eventId));
        }
        return new Place(AFTER, 0);
    }

    private TimelinePage page(Part part, Place place) {
        var first = part.first() == 0 ? place.seq : part.first();
        var isEnd = part.isLast() || (place.direction == BEFORE && part.first() == 0);
        return new TimelinePage(
                part.steps().stream().map(TimelineCommand::of).toList(),
                isEnd ? null : new Place(AFTER, part.last()).cursor(),
                first <= 1 ? null : new Place(BEFORE, first).cursor(),
                store.retiredUntil().orElse(null));
    }

    /** An event's number, and the side of it on which a page lies. */
    private record Place(char direction, int seq) {

        static Place of(String text) {
            if (text == null) return null;
            try {
                var direction = text.charAt(0);
                var seq = Integer.parseInt(text.substring(1));
                if (direction == AFTER || direction == BEFORE) return new Place(direction, seq);
            } catch (NumberFormatException e) {
                throw Parameters.notACursor();
            }
            throw Parameters.notACursor();
        }

        String cursor() {
            return Parameters.cursorAfter(Character.toString(direction) + seq);
        }
    }
}
