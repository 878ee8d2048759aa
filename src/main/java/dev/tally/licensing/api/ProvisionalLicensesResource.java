package dev.tally.licensing.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.http.Page;
import dev.tally.http.Parameters;
import dev.tally.http.Security;
import dev.tally.licensing.provisional.Promise;
import dev.tally.licensing.provisional.Promise.Acquired;
import dev.tally.licensing.provisional.Promise.Renewed;
import dev.tally.licensing.provisional.Promise.Started;
import dev.tally.licensing.provisional.Promises;
import dev.tally.licensing.provisional.Promises.Waiting;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.time.Instant;
import java.util.List;

/** Resource of what this node has promised and the store does not have yet. */
@Path("/v1/provisional-licenses")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class ProvisionalLicensesResource {

    @Inject Promises promises;

    /** What was promised. */
    enum Kind {
        ACQUIRED,
        RENEWED,
        STARTED,
        /** Only a newer release can read it. */
        UNREADABLE
    }

    /**
     * A promise that waits.
     *
     * @param licenseId null: only a newer release can read it
     * @param until time at which what was promised ends; null: nobody knows, as with a session
     * @param titleId title of a license that was acquired
     * @param deviceId device of a license that was acquired
     * @param sessionId session that was started
     */
    record PromiseView(
            String id,
            Kind kind,
            String customerId,
            @JsonInclude(Include.NON_NULL) String licenseId,
            Instant promisedAt,
            Instant until,
            @JsonInclude(Include.NON_NULL) String titleId,
            @JsonInclude(Include.NON_NULL) String deviceId,
            @JsonInclude(Include.NON_NULL) String sessionId) {

        static PromiseView of(Waiting waiting) {
            return waiting.promise().map(PromiseView::of).orElseGet(() -> unreadable(waiting));
        }

        private static PromiseView unreadable(Waiting waiting) {
            return new PromiseView(
                    waiting.id(),
                    Kind.UNREADABLE,
                    waiting.customer().value(),
                    null,
                    waiting.promisedAt(),
                    null,
                    null,
                    null,
                    null);
        }

        private static PromiseView of(Promise promise) {
            return switch (promise.what()) {
                case Acquired what ->
                        of(
                                promise,
                                Kind.ACQUIRED,
                                what.issued().title().value(),
                                what.issued().device().value(),
                                null);
                case Renewed what -> of(promise, Kind.RENEWED, null, null, null);
                case Started what -> of(promise, Kind.STARTED, null, null, what.session().value());
            };
        }

        private static PromiseView of(
                Promise promise, Kind kind, String title, String device, String session) {
            return new PromiseView(
                    promise.id(),
                    kind,
                    promise.customer().value(),
                    promise.what().license().value(),
                    promise.at(),
                    promise.until(),
                    title,
                    device,
                    session);
        }
    }

    /**
     * A page of promises, in the order of their ids.
     *
     * @param next cursor of the next page; null: this is the last
     */
    record PromisePage(List<PromiseView> promises, String next) implements Page {}

    @GET
    @RolesAllowed(Security.OPERATOR)
    public Response list(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        var size = Parameters.limit(limit);
        var page = promises.page(Parameters.after(cursor), size + 1);
        var shown = page.subList(0, Math.min(size, page.size()));
        var next = page.size() > size ? Parameters.cursorAfter(shown.getLast().id()) : null;
        var views = shown.stream().map(PromiseView::of).toList();
        return Response.ok(new PromisePage(views, next)).build();
    }
}
