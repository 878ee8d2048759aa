package dev.tally.playback.api;

import dev.tally.http.Identifier;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.write.SessionQueries;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;

import java.time.InstantSource;

/** Resource on which a player hears that somebody else has ended its session. */
@Path("/v1/customers/{customerId}/sessions/{sessionId}/stream")
@ApplicationScoped
public class LiveResource {

    /** Header that tells proxies to pass each event on at once. */
    private static final String UNBUFFERED = "X-Accel-Buffering";

    @Inject LiveSessions live;
    @Inject SessionQueries sessions;
    @Inject InstantSource clock;

    /**
     * Opens a channel that stays open until the session ends. A player that has been told so is not
     * told again.
     */
    @GET
    @RolesAllowed(Security.EDGE)
    @Produces(MediaType.SERVER_SENT_EVENTS)
    public void watch(
            @PathParam("customerId") @Identifier String customerId,
            @PathParam("sessionId") @Identifier String sessionId,
            @HeaderParam("Last-Event-ID") String lastEventId,
            @Context HttpServletResponse response,
            @Context SseEventSink sink,
            @Context Sse sse) {
        var customer = new CustomerId(customerId);
        var session = new SessionId(sessionId);
        if (sessions.find(customer, session, clock.instant()).isEmpty()) {
            throw SessionsResource.unknown(sessionId);
        }
        if (LiveSessions.endedId(session).equals(lastEventId)) {
            // A browser that is answered 204 does not connect again.
            throw new WebApplicationException(Response.noContent().build());
        }
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader(UNBUFFERED, "no");
        live.watch(customer, session, sink, sse);
    }
}
