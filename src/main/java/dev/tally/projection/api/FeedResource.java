package dev.tally.projection.api;

import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedPage;
import dev.tally.eventstore.FeedPlace;
import dev.tally.http.Identifier;
import dev.tally.http.Lines;
import dev.tally.http.Page;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemException;
import dev.tally.http.Security;
import dev.tally.projection.Feed;
import dev.tally.projection.FeedFilter;
import dev.tally.projection.FeedMetrics;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;

import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/** Resource of the feed of all customers. */
@Path("/v1/events")
@ApplicationScoped
public class FeedResource {

    /** Most types that one filter names. */
    static final int MAX_TYPES = 32;

    private static final Pattern TYPE =
            Pattern.compile(Pattern.quote(FeedView.TYPE) + "([A-Z][A-Za-z]{0,63})");

    private static final MediaType NDJSON = MediaType.valueOf(Lines.NDJSON);

    /** Header that tells proxies to pass each event on at once. */
    private static final String UNBUFFERED = "X-Accel-Buffering";

    @Inject Feed feed;
    @Inject FeedStream stream;
    @Inject FeedListeners listeners;
    @Inject FeedMetrics metrics;

    /**
     * A page of the feed.
     *
     * @param next cursor to go on from, now or when there is more; never null
     * @param caughtUp true if nothing more could be read at that time
     */
    record FeedPageView(List<FeedView> events, String next, boolean caughtUp) implements Page {

        static FeedPageView of(FeedPage page) {
            return new FeedPageView(
                    page.events().stream().map(event -> FeedView.of(page, event)).toList(),
                    Cursors.text(page.end()),
                    page.isCaughtUp());
        }
    }

    /** Answers one page, or with lines everything there is behind the cursor. */
    @GET
    @RolesAllowed({Security.READER, Security.OPERATOR})
    @Produces({MediaType.APPLICATION_JSON, Lines.NDJSON})
    public Response read(
            @QueryParam("type") List<String> types,
            @QueryParam("studioId") @Identifier String studioId,
            @QueryParam("titleId") @Identifier String titleId,
            @QueryParam("newest") String newest,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor,
            @Context HttpHeaders headers) {
        var filter = filter(types, studioId, titleId);
        var size = Parameters.limit(limit);
        var after = after(cursor, newest);
        if (!wantsLines(headers)) {
            var page = feed.page(after, filter, size);
            metrics.told(page.events().size());
            return Response.ok(FeedPageView.of(page), MediaType.APPLICATION_JSON_TYPE).build();
        }
        if (limit != null) {
            throw ProblemException.invalid("limit", "is for pages, and lines have none");
        }
        var lines = stream.begin(after, filter);
        return Response.ok((StreamingOutput) lines::sendTo, NDJSON).build();
    }

    /** True if lines are taken, and a page is not, or less gladly. */
    private static boolean wantsLines(HttpHeaders headers) {
        for (var type : headers.getAcceptableMediaTypes()) {
            if (type.isCompatible(MediaType.APPLICATION_JSON_TYPE)) return false;
            if (type.isCompatible(NDJSON)) return true;
        }
        return false;
    }

    /** Opens a channel on which each event is told once it can be. */
    @GET
    @Path("stream")
    @RolesAllowed({Security.READER, Security.OPERATOR})
    @Produces(MediaType.SERVER_SENT_EVENTS)
    public void follow(
            @QueryParam("type") List<String> types,
            @QueryParam("studioId") @Identifier String studioId,
            @QueryParam("titleId") @Identifier String titleId,
            @QueryParam("newest") String newest,
            @QueryParam("after") String after,
            @HeaderParam("Last-Event-ID") String lastEventId,
            @Context HttpServletResponse response,
            @Context SseEventSink sink,
            @Context Sse sse) {
        var filter = filter(types, studioId, titleId);
        // A browser that connects again repeats the address that it began with.
        var from = after(lastEventId == null ? after : lastEventId, newest);
        var first = feed.page(from, filter, 1);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader(UNBUFFERED, "no");
        var begin = from == null ? new FeedCursor(first.end().cluster(), begin(first)) : from;
        listeners.listen(begin, filter, sink, sse);
    }

    /** The place before the first event, or where there is none the place of the page's end. */
    private static FeedPlace begin(FeedPage first) {
        return first.events().isEmpty()
                ? first.end().place()
                : FeedPlace.behind(first.events().getFirst().place().position() - 1);
    }

    private FeedCursor after(String cursor, String newest) {
        var place = Cursors.read(cursor);
        var isNewest = Parameters.flag("newest", newest);
        return place == null && isNewest ? feed.newest() : place;
    }

    private static FeedFilter filter(List<String> types, String studioId, String titleId) {
        if (types.size() > MAX_TYPES) {
            throw ProblemException.invalid("type", "must be given " + MAX_TYPES + " times at most");
        }
        var events = new HashSet<String>();
        for (var type : types) {
            var name = TYPE.matcher(type);
            if (!name.matches()) {
                throw ProblemException.invalid(
                        "type", "must be the type of an event, such as dev.tally.LicenseIssued");
            }
            events.add(name.group(1));
        }
        return new FeedFilter(events, studioId, titleId);
    }
}
