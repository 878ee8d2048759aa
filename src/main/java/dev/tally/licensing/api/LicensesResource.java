package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.http.Locations;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.denials.Denial;
import dev.tally.licensing.denials.Denial.Kind;
import dev.tally.licensing.denials.DenialKeeper;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.provisional.Commands;
import dev.tally.licensing.provisional.LicenseAnswer;
import dev.tally.licensing.provisional.Shown;
import dev.tally.licensing.write.Accounts.Versioned;
import dev.tally.licensing.write.ConfirmLicenseHandler;
import dev.tally.licensing.write.LicensingQueries;
import dev.tally.licensing.write.ReleaseLicenseHandler;
import dev.tally.licensing.write.RevokeLicenseHandler;
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
import jakarta.ws.rs.core.Response.ResponseBuilder;
import jakarta.ws.rs.core.UriInfo;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;

/** Resource of one customer's licenses. */
@Path("/v1/customers/{customerId}/licenses")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class LicensesResource {

    @Inject Commands commands;
    @Inject ConfirmLicenseHandler confirm;
    @Inject ReleaseLicenseHandler release;
    @Inject RevokeLicenseHandler revoke;
    @Inject LicensingQueries queries;
    @Inject Locations locations;
    @Inject Entitlements entitlements;
    @Inject DenialKeeper denials;
    @Inject InstantSource clock;

    /** Position of a license in the list: the latest first. */
    private record Place(Instant issuedAt, String id) implements Comparable<Place> {

        private static final Comparator<Place> ORDER =
                Comparator.comparing(Place::issuedAt).reversed().thenComparing(Place::id);

        static Place of(License license) {
            return new Place(license.issuedAt(), license.id().value());
        }

        /** The position that a cursor holds; null if there is none. */
        static Place of(String text) {
            if (text == null) return null;
            var dot = text.indexOf('.');
            try {
                var issuedAt = Instant.ofEpochMilli(Long.parseLong(text, 0, Math.max(0, dot), 10));
                return new Place(issuedAt, text.substring(dot + 1));
            } catch (NumberFormatException e) {
                throw Parameters.notACursor();
            }
        }

        String text() {
            return issuedAt.toEpochMilli() + "." + id;
        }

        boolean isAfter(Place other) {
            return compareTo(other) > 0;
        }

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    @POST
    @RolesAllowed(Security.EDGE)
    public Response acquire(
            @PathParam("customerId") @Identifier String customerId,
            @BeanParam @Valid Headers headers,
            @NotNull @Valid AcquireRequest request,
            @Context UriInfo uri) {
        var customer = new CustomerId(customerId);
        var asked = headers.asked(Hashes.acquire(request));
        var command = request.command(customer, headers.idempotencyKey, clock.instant());
        var answer = commands.acquire(command, shown(customer, headers), asked);
        var outcome = answer.outcome();
        if (outcome.decision() instanceof Denied denied) {
            throw denied(customer, Kind.ACQUIRE, ProblemType.DENIED, denied, outcome.at());
        }
        var response =
                outcome.decision() instanceof Allowed
                        ? locations.created(uri, outcome.license().id().value())
                        : Response.ok();
        return granted(customer, response, answer);
    }

    @GET
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response list(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("state") List<String> states,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        var customer = new CustomerId(customerId);
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var wanted = Parameters.anyOf("state", State.class, states);
        var size = Parameters.limit(limit);
        var after = Place.of(Parameters.after(cursor));

        var found = queries.account(customer, until, now, freshness.maxStale());
        var at = found.at();
        var page =
                found.account()
                        .licenses()
                        .listed(at)
                        .filter(license -> wanted.contains(license.stateAt(at)))
                        .filter(license -> after == null || Place.of(license).isAfter(after))
                        .sorted(Comparator.comparing(Place::of))
                        .limit(size + 1L)
                        .toList();
        var shown = page.subList(0, Math.min(size, page.size()));
        var next =
                page.size() > size
                        ? Parameters.cursorAfter(Place.of(shown.getLast()).text())
                        : null;
        var views = shown.stream().map(l -> view(customer, l, found)).toList();
        return Versions.answer(found, new LicensePage(views, next));
    }

    @GET
    @Path("{licenseId}")
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response get(
            @PathParam("customerId") @Identifier String customerId,
            @PathParam("licenseId") @Identifier String licenseId,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness) {
        var customer = new CustomerId(customerId);
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var found = queries.account(customer, until, now, freshness.maxStale());
        var license = queries.license(customer, found, new LicenseId(licenseId));
        return Versions.answer(found, view(customer, license, found));
    }

    @POST
    @Path("{licenseId}/confirmation")
    @RolesAllowed(Security.EDGE)
    public Response confirm(
            @PathParam("customerId") @Identifier String customerId,
            @BeanParam @Valid Headers headers,
            @PathParam("licenseId") @Identifier String licenseId,
            OccurredRequest request) {
        var customer = new CustomerId(customerId);
        var occurredAt = OccurredRequest.timeOf(request);
        var asked = headers.asked(Hashes.confirm(licenseId, occurredAt));
        var license = new LicenseId(licenseId);
        var outcome =
                commands.take(
                        customer,
                        shown(customer, headers),
                        now ->
                                confirm.handle(
                                        new ConfirmLicense(customer, license, occurredAt, now),
                                        asked));
        return changed(
                customer, Kind.CONFIRM, ProblemType.CONFIRMATION_DENIED, LicenseAnswer.of(outcome));
    }

    @POST
    @Path("{licenseId}/renewals")
    @RolesAllowed(Security.EDGE)
    public Response renew(
            @PathParam("customerId") @Identifier String customerId,
            @BeanParam @Valid Headers headers,
            @PathParam("licenseId") @Identifier String licenseId,
            EmptyRequest request) {
        var customer = new CustomerId(customerId);
        var asked = headers.asked(Hashes.renew(licenseId));
        var command =
                new RenewLicense(
                        customer,
                        new LicenseId(licenseId),
                        new DownloadId(Ids.next()),
                        clock.instant());
        var answer = commands.renew(command, shown(customer, headers), asked);
        return changed(customer, Kind.RENEW, ProblemType.RENEWAL_DENIED, answer);
    }

    @POST
    @Path("{licenseId}/release")
    @RolesAllowed(Security.EDGE)
    public Response release(
            @PathParam("customerId") @Identifier String customerId,
            @BeanParam @Valid Headers headers,
            @PathParam("licenseId") @Identifier String licenseId,
            OccurredRequest request) {
        var customer = new CustomerId(customerId);
        var occurredAt = OccurredRequest.timeOf(request);
        var asked = headers.asked(Hashes.release(licenseId, occurredAt));
        var license = new LicenseId(licenseId);
        var outcome =
                commands.take(
                        customer,
                        shown(customer, headers),
                        now ->
                                release.handle(
                                        new ReleaseLicense(customer, license, occurredAt, now),
                                        asked));
        return granted(customer, Response.ok(), LicenseAnswer.of(outcome));
    }

    @POST
    @Path("{licenseId}/revocation")
    @RolesAllowed(Security.OPERATOR)
    public Response revoke(
            @PathParam("customerId") @Identifier String customerId,
            @BeanParam @Valid Headers headers,
            @PathParam("licenseId") @Identifier String licenseId,
            @Valid RevokeRequest request) {
        var customer = new CustomerId(customerId);
        var reason = request == null ? null : request.reason();
        var asked = headers.asked(Hashes.revoke(licenseId, reason));
        var license = new LicenseId(licenseId);
        var outcome =
                commands.take(
                        customer,
                        shown(customer, headers),
                        now ->
                                revoke.handle(
                                        new RevokeLicense(customer, license, reason, now), asked));
        return granted(customer, Response.ok(), LicenseAnswer.of(outcome));
    }

    private LicenseView view(CustomerId customer, License license, Versioned found) {
        var renewal = queries.renewal(license, found).orElse(null);
        return LicenseView.of(customer, license, renewal, found.at());
    }

    private Shown shown(CustomerId customer, Headers headers) {
        return entitlements.shown(customer, headers.entitlement());
    }

    private Response changed(
            CustomerId customer, Kind kind, ProblemType denial, LicenseAnswer answer) {
        if (answer.outcome().decision() instanceof Denied denied) {
            throw denied(customer, kind, denial, denied, answer.outcome().at());
        }
        return granted(customer, Response.ok(), answer);
    }

    private ProblemException denied(
            CustomerId customer, Kind kind, ProblemType type, Denied denied, Instant at) {
        denials.keep(Denial.of(customer, kind, denied, at));
        return Denials.problem(type, denied);
    }

    private Response granted(CustomerId customer, ResponseBuilder response, LicenseAnswer answer) {
        var outcome = answer.outcome();
        var license = outcome.license();
        var token =
                outcome.playable()
                        ? entitlements.token(customer, license, outcome.at(), answer)
                        : null;
        var quotas = outcome.quotas().isEmpty() ? null : QuotaView.limited(outcome.quotas());
        var granted = new LicenseView.Granted(token, quotas, outcome.cap(), answer.promisedFor());
        var view = LicenseView.of(customer, license, outcome.renewal(), outcome.at(), granted);
        // Without the store, nobody knows which version the customer is at.
        if (outcome.version() != null) response.tag(new EntityTag(outcome.version()));
        return response.entity(view).build();
    }
}
