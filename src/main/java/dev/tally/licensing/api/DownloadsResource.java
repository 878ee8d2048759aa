package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.http.Page;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.WaiveDownload;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.provisional.Commands;
import dev.tally.licensing.write.DownloadQueries;
import dev.tally.licensing.write.DownloadQueries.Found;
import dev.tally.licensing.write.DownloadQueries.Query;
import dev.tally.licensing.write.WaiveDownloadHandler;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;

/** Resource of a customer's counted downloads: what yearly limits count. */
@Path("/v1/customers/{customerId}/downloads")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class DownloadsResource {

    /** Numbers of events are whole numbers from 1 on; no customer has as many events. */
    private static final Pattern EVENT_ID = Pattern.compile("[1-9][0-9]{0,8}");

    @Inject Commands commands;
    @Inject WaiveDownloadHandler waive;
    @Inject Entitlements entitlements;
    @Inject DownloadQueries queries;
    @Inject InstantSource clock;

    /**
     * A counted download as answers show it.
     *
     * @param eventId id of the event that counted it, as in {@code countedEvents} of a denial
     * @param deviceId null: the events of its license have been retired
     * @param confirmBy time from which it counts for nothing unless its license was confirmed;
     *     null: it counts anyway
     * @param counts true if its title's year counts it, now or as of the time that was asked for
     * @param countsUntil time from which it counts no more; null: it does not count
     * @param waiver why the operator says that it does not count; null: it is not waived
     */
    record DownloadView(
            String eventId,
            String downloadId,
            String licenseId,
            String titleId,
            String deviceId,
            Instant countedAt,
            CountCause cause,
            Instant confirmBy,
            boolean counts,
            Instant countsUntil,
            WaiverView waiver) {

        static DownloadView of(Found found) {
            var event = found.event();
            return new DownloadView(
                    found.eventId(),
                    event.download().value(),
                    event.license().value(),
                    event.title().value(),
                    found.device() == null ? null : found.device().value(),
                    event.countedAt(),
                    event.cause(),
                    event.confirmBy(),
                    found.counts(),
                    found.countsUntil(),
                    found.waiver() == null
                            ? null
                            : new WaiverView(found.waiver().waivedAt(), found.waiver().reason()));
        }
    }

    /** The waiver of a download: since then, no limit counts it. */
    record WaiverView(Instant waivedAt, String reason) {}

    /**
     * A page of downloads, the newest first. It may be short although others follow.
     *
     * @param next cursor of the next page; null on the last page
     */
    record DownloadPage(List<DownloadView> downloads, String next) implements Page {}

    @GET
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public DownloadPage list(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("titleId") @Identifier String titleId,
            @QueryParam("since") String since,
            @QueryParam("asOf") String asOf,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        var now = clock.instant();
        var asked =
                new Query(
                        titleId == null ? null : new TitleId(titleId),
                        Parameters.instant("since", since),
                        Parameters.asOf(asOf, now),
                        Parameters.after(cursor, DownloadQueries.NEWEST),
                        Parameters.limit(limit));
        var found = queries.find(new CustomerId(customerId), asked, now);
        return new DownloadPage(
                found.downloads().stream().map(DownloadView::of).toList(),
                found.next() == null
                        ? null
                        : Parameters.cursorAfter(Integer.toString(found.next())));
    }

    @POST
    @Path("{eventId}/waiver")
    @Consumes(MediaType.APPLICATION_JSON)
    @RolesAllowed(Security.OPERATOR)
    public Response waive(
            @PathParam("customerId") @Identifier String customerId,
            @BeanParam @Valid Headers headers,
            @PathParam("eventId") @Identifier String eventId,
            @NotNull @Valid WaiveRequest request) {
        var customer = new CustomerId(customerId);
        var countedBy = number(eventId);
        var asked = headers.asked(Hashes.waive(eventId, request.reason()));
        var outcome =
                commands.take(
                        customer,
                        entitlements.shown(customer, headers.entitlement()),
                        now ->
                                waive.handle(
                                        new WaiveDownload(
                                                customer, countedBy, request.reason(), now),
                                        asked));
        var found = queries.find(customer, countedBy, clock.instant());
        return Response.ok(found.map(DownloadView::of).orElseThrow(() -> unknown(eventId)))
                .tag(new EntityTag(outcome.version()))
                .build();
    }

    private static int number(String eventId) {
        if (!EVENT_ID.matcher(eventId).matches()) throw unknown(eventId);
        return Integer.parseInt(eventId);
    }

    private static ProblemException unknown(String eventId) {
        return new ProblemException(
                ProblemType.UNKNOWN_DOWNLOAD,
                "No event " + eventId + " of the customer counted a download.");
    }
}
