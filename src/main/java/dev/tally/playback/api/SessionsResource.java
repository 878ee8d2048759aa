package dev.tally.playback.api;

import dev.tally.http.Identifier;
import dev.tally.http.Locations;
import dev.tally.http.MaxBody;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.http.ValueReader;
import dev.tally.ids.CustomerId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.api.DenialMetrics;
import dev.tally.licensing.api.Entitlements;
import dev.tally.licensing.api.Freshness;
import dev.tally.licensing.api.Headers;
import dev.tally.licensing.api.Versions;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.provisional.Commands;
import dev.tally.licensing.provisional.StartOutcome;
import dev.tally.licensing.write.Accounts.Versioned;
import dev.tally.licensing.write.CommandHash;
import dev.tally.licensing.write.LicensingQueries;
import dev.tally.licensing.write.ReportHandler;
import dev.tally.licensing.write.ReportHandler.Item;
import dev.tally.licensing.write.ReportHandler.Reports;
import dev.tally.runtime.Ids;

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
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

import tools.jackson.databind.JsonNode;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Resource of one customer's playback sessions. */
@Path("/v1/customers/{customerId}/sessions")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class SessionsResource {

    /** Most events of one request. */
    static final int MAX_EVENTS = 1_000;

    /**
     * Most bytes of one request: enough for {@link #MAX_EVENTS} events, however they are written.
     */
    private static final int MAX_BYTES = 512 * 1024;

    @Inject ReportHandler handler;
    @Inject ValueReader reader;
    @Inject LicensingQueries queries;
    @Inject Commands commands;
    @Inject Entitlements entitlements;
    @Inject Locations locations;
    @Inject DenialMetrics denials;
    @Inject DeniedStarts deniedStarts;
    @Inject InstantSource clock;

    /** Sessions, the latest first. */
    record SessionList(List<SessionView> sessions) {}

    /**
     * Outcome of several events.
     *
     * @param session the session as the events left it; null: it is not known
     * @param results one result for each event, in order
     */
    record EventResults(SessionView session, List<ResultView> results) {}

    /** One event of a request: the report, or the problem that keeps it from being one. */
    record Said(Report report, ProblemException problem) {}

    @POST
    @RolesAllowed(Security.EDGE)
    public Response start(
            @PathParam("customerId") @Identifier String customerId,
            @BeanParam @Valid Headers headers,
            @NotNull @Valid StartRequest request,
            @Context UriInfo uri) {
        var customer = new CustomerId(customerId);
        var session = new SessionId(request.sessionId() == null ? Ids.next() : request.sessionId());
        var said = new ReportRequest(Kind.START, request.licenseId(), request.occurredAt());
        var asked = headers.asked(hash(request));
        var shown = entitlements.shown(customer, headers.entitlement());
        var started = commands.start(customer, said.of(session), shown, asked);
        if (!started.again()) {
            deniedStarts.keep(customer, started.item(), started.at());
            refuse(started.item());
        }
        var id = started.session();
        var view =
                started.account()
                        .sessions()
                        .find(id)
                        .map(found -> view(customer, found, started))
                        .orElse(null);
        var response = started.created() ? locations.created(uri, id.value()) : Response.ok();
        // Without the store, nobody knows which version the customer is at.
        if (!started.isProvisional()) response.tag(new EntityTag(started.version()));
        return response.entity(view).build();
    }

    /** Lists recent sessions. */
    @GET
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response list(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness) {
        var customer = new CustomerId(customerId);
        var found = account(customer, asOf, freshness);
        var now = found.at();
        var views =
                found.account()
                        .sessions()
                        .listed(now)
                        .map(session -> SessionView.of(customer, session, now))
                        .sorted(
                                Comparator.comparing(
                                                SessionView::startedAt,
                                                Comparator.nullsLast(Comparator.reverseOrder()))
                                        .thenComparing(SessionView::sessionId))
                        .toList();
        return Versions.answer(found, new SessionList(views));
    }

    /** Shows any session that the customer ever had. */
    @GET
    @Path("{sessionId}")
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response get(
            @PathParam("customerId") @Identifier String customerId,
            @PathParam("sessionId") @Identifier String sessionId,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness) {
        var customer = new CustomerId(customerId);
        var found = account(customer, asOf, freshness);
        var session =
                queries.session(customer, found, new SessionId(sessionId))
                        .orElseThrow(() -> unknown(sessionId));
        return Versions.answer(found, SessionView.of(customer, session, found.at()));
    }

    private Versioned account(CustomerId customer, String asOf, Freshness freshness) {
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        return queries.account(customer, until, now, freshness.maxStale());
    }

    /** The problem of a session that the customer does not have. */
    static ProblemException unknown(String sessionId) {
        return new ProblemException(
                ProblemType.NOT_FOUND, "The customer has no session " + sessionId + ".");
    }

    @POST
    @Path("{sessionId}/events")
    @RolesAllowed(Security.EDGE)
    @MaxBody(MAX_BYTES)
    public Response report(
            @PathParam("customerId") @Identifier String customerId,
            @BeanParam @Valid Headers headers,
            @PathParam("sessionId") @Identifier String sessionId,
            @NotNull JsonNode body) {
        var customer = new CustomerId(customerId);
        var session = new SessionId(sessionId);
        var said = body.isArray() ? list(body, session) : List.of(one(body, session));
        var reports = new ArrayList<Report>();
        for (var one : said) if (one.report != null) reports.add(one.report);
        var asked = headers.asked(hash(sessionId, body, said));
        var shown = entitlements.shown(customer, headers.entitlement());
        var done =
                commands.take(
                        customer, shown, now -> handler.handle(customer, reports, now, asked));
        deniedStarts.keep(customer, done);
        if (!body.isArray()) refuse(done.items().getFirst());
        var items = done.items().iterator();
        var results = new ArrayList<ResultView>();
        for (var one : said) {
            results.add(
                    one.report == null
                            ? ResultView.refused(one.problem)
                            : ResultView.of(items.next()));
        }
        for (var result : results) if (result.problem() != null) denials.count(result.problem());
        return Response.ok(new EventResults(view(customer, session, done), results))
                .tag(new EntityTag(done.outcome().version()))
                .build();
    }

    private Said one(JsonNode event, SessionId session) {
        return new Said(reader.read(event, ReportRequest.class).of(session), null);
    }

    private List<Said> list(JsonNode events, SessionId session) {
        if (events.isEmpty() || events.size() > MAX_EVENTS) {
            throw ProblemException.invalid("body", "must be 1 to " + MAX_EVENTS + " events");
        }
        var said = new ArrayList<Said>();
        for (var event : events) {
            try {
                said.add(one(event, session));
            } catch (ProblemException e) {
                said.add(new Said(null, e));
            }
        }
        return said;
    }

    private static void refuse(Item item) {
        ResultView.problem(item)
                .ifPresent(
                        problem -> {
                            throw problem;
                        });
    }

    private SessionView view(CustomerId customer, Session session, StartOutcome started) {
        return SessionView.of(customer, session, clock.instant(), started.isProvisional());
    }

    private SessionView view(CustomerId customer, SessionId id, Reports done) {
        var now = clock.instant();
        return done.account()
                .sessions()
                .find(id)
                .map(session -> SessionView.of(customer, session, now))
                .orElse(null);
    }

    static CommandHash hash(StartRequest said) {
        return CommandHash.of("start")
                .with("licenseId", said.licenseId())
                .with("sessionId", said.sessionId())
                .with("occurredAt", said.occurredAt());
    }

    /** Hash of what was understood: how a client writes its JSON makes no other command. */
    static CommandHash hash(String sessionId, JsonNode body, List<Said> said) {
        var events = new ArrayList<CommandHash>();
        for (int i = 0; i < said.size(); i++) {
            var report = said.get(i).report;
            events.add(report == null ? unread(body.get(i)) : hash(report));
        }
        return CommandHash.of("report").with("sessionId", sessionId).with("events", events);
    }

    private static CommandHash hash(Report report) {
        return CommandHash.of(report.kind().name())
                .with("licenseId", report.license() == null ? null : report.license().value())
                .with("occurredAt", report.occurredAt());
    }

    private static CommandHash unread(JsonNode event) {
        return CommandHash.of("").with("json", event.toString());
    }
}
