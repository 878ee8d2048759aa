package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.http.Page;
import dev.tally.http.Parameters;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.write.DownloadQueries;
import dev.tally.licensing.write.DownloadQueries.Found;
import dev.tally.licensing.write.DownloadQueries.Query;

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
import java.time.InstantSource;
import java.util.List;

/** Resource of a customer's counted downloads: what yearly limits count. */
@Path("/v1/customers/{customerId}/downloads")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class DownloadsResource {

    @Inject DownloadQueries queries;
    @Inject InstantSource clock;

    /**
     * A counted download as answers show it.
     *
     * @param eventId id of the event that counted it, as in {@code countedEvents} of a denial
     * @param deviceId null: the events of its license have been retired
     * @param confirmBy time from which it counts for nothing unless its license was confirmed;
     *     null: it counts anyway
     * @param counts true if its title's year counts it now
     * @param countsUntil time from which it counts no more; null: it does not count
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
            Instant countsUntil) {

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
                    found.countsUntil());
        }
    }

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
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        var asked =
                new Query(
                        titleId == null ? null : new TitleId(titleId),
                        Parameters.instant("since", since),
                        Parameters.after(cursor, DownloadQueries.NEWEST),
                        Parameters.limit(limit));
        var found = queries.find(new CustomerId(customerId), asked, clock.instant());
        return new DownloadPage(
                found.downloads().stream().map(DownloadView::of).toList(),
                found.next() == null
                        ? null
                        : Parameters.cursorAfter(Integer.toString(found.next())));
    }
}
