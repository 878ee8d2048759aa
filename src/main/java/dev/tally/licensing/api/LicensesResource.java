package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.write.AcquireLicenseHandler;
import dev.tally.licensing.write.ConfirmLicenseHandler;
import dev.tally.licensing.write.CustomerTurns;
import dev.tally.licensing.write.LicenseOutcome;
import dev.tally.licensing.write.LicensingQueries;
import dev.tally.licensing.write.ReleaseLicenseHandler;
import dev.tally.licensing.write.RenewLicenseHandler;
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
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.ResponseBuilder;
import jakarta.ws.rs.core.UriInfo;

import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;

/** The licenses of one customer. */
@Path("/v1/customers/{customerId}/licenses")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class LicensesResource {

    @Inject AcquireLicenseHandler acquire;
    @Inject ConfirmLicenseHandler confirm;
    @Inject RenewLicenseHandler renew;
    @Inject ReleaseLicenseHandler release;
    @Inject RevokeLicenseHandler revoke;
    @Inject LicensingQueries queries;
    @Inject CustomerTurns turns;
    @Inject Entitlements entitlements;
    @Inject InstantSource clock;

    @POST
    @RolesAllowed(Security.EDGE)
    public Response acquire(
            @PathParam("customerId") @Identifier String customerId,
            @BeanParam @Valid Headers headers,
            @NotNull @Valid AcquireRequest request,
            @Context UriInfo uri) {
        var customer = new CustomerId(customerId);
        var asked =
                headers.asked(
                        "acquire",
                        request.titleId(),
                        request.deviceId(),
                        request.deviceName(),
                        request.plan(),
                        request.type());
        var outcome =
                turns.take(
                        customerId,
                        now ->
                                acquire.handle(
                                        new AcquireLicense(
                                                customer,
                                                request.licenseType(),
                                                new TitleId(request.titleId()),
                                                new DeviceId(request.deviceId()),
                                                request.deviceName(),
                                                new PlanId(request.plan()),
                                                new LicenseId(Ids.next()),
                                                new DownloadId(Ids.next()),
                                                now),
                                        asked));
        if (outcome.decision() instanceof Denied denied) {
            throw Denials.problem(ProblemType.DENIED, denied);
        }
        var location = uri.getAbsolutePathBuilder().path(outcome.license().id().value()).build();
        var answer =
                outcome.decision() instanceof Allowed ? Response.created(location) : Response.ok();
        return granted(customer, answer, outcome);
    }

    @GET
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response list(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("state") List<String> states,
            @QueryParam("asOf") String asOf,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor,
            @Context Request conditions) {
        var customer = new CustomerId(customerId);
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var at = until == null ? now : until;
        var wanted = Parameters.anyOf("state", State.class, states);
        var size = Parameters.limit(limit);
        var after = Parameters.after(cursor);

        var found = queries.account(customer, until, now);
        var page =
                found.account()
                        .licenses()
                        .listed(at)
                        .filter(license -> wanted.contains(license.stateAt(at)))
                        .filter(license -> after == null || id(license).compareTo(after) < 0)
                        .sorted(Comparator.comparing(LicensesResource::id).reversed())
                        .limit(size + 1L)
                        .toList();
        var shown = page.subList(0, Math.min(size, page.size()));
        var next = page.size() > size ? Parameters.cursorAfter(id(shown.getLast())) : null;
        var views = shown.stream().map(l -> LicenseView.of(customer, l, at)).toList();
        return Versions.answer(conditions, found.version(), new LicensePage(views, next));
    }

    @GET
    @Path("{licenseId}")
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response get(
            @PathParam("customerId") @Identifier String customerId,
            @PathParam("licenseId") @Identifier String licenseId,
            @QueryParam("asOf") String asOf,
            @Context Request conditions) {
        var customer = new CustomerId(customerId);
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var found = queries.account(customer, until, now);
        var license = queries.license(customer, found, new LicenseId(licenseId), until);
        var view = LicenseView.of(customer, license, until == null ? now : until);
        return Versions.answer(conditions, found.version(), view);
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
        var asked = headers.asked("confirm", licenseId, occurredAt);
        var license = new LicenseId(licenseId);
        var outcome =
                turns.take(
                        customerId,
                        now ->
                                confirm.handle(
                                        new ConfirmLicense(customer, license, occurredAt, now),
                                        asked));
        return changed(customer, ProblemType.CONFIRMATION_DENIED, outcome);
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
        var asked = headers.asked("renew", licenseId);
        var license = new LicenseId(licenseId);
        var outcome =
                turns.take(
                        customerId,
                        now ->
                                renew.handle(
                                        new RenewLicense(
                                                customer, license, new DownloadId(Ids.next()), now),
                                        asked));
        return changed(customer, ProblemType.RENEWAL_DENIED, outcome);
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
        var asked = headers.asked("release", licenseId, occurredAt);
        var license = new LicenseId(licenseId);
        var outcome =
                turns.take(
                        customerId,
                        now ->
                                release.handle(
                                        new ReleaseLicense(customer, license, occurredAt, now),
                                        asked));
        return granted(customer, Response.ok(), outcome);
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
        var asked = headers.asked("revoke", licenseId, reason);
        var license = new LicenseId(licenseId);
        var outcome =
                turns.take(
                        customerId,
                        now ->
                                revoke.handle(
                                        new RevokeLicense(customer, license, reason, now), asked));
        return granted(customer, Response.ok(), outcome);
    }

    private Response changed(CustomerId customer, ProblemType denial, LicenseOutcome outcome) {
        if (outcome.decision() instanceof Denied denied) {
            throw Denials.problem(denial, denied);
        }
        return granted(customer, Response.ok(), outcome);
    }

    private Response granted(CustomerId customer, ResponseBuilder answer, LicenseOutcome outcome) {
        var token =
                outcome.playable()
                        ? entitlements.token(customer, outcome.license(), outcome.at())
                        : null;
        var quotas = outcome.quotas().isEmpty() ? null : QuotaView.limited(outcome.quotas());
        var view = LicenseView.of(customer, outcome.license(), outcome.at(), token, quotas);
        return answer.entity(view).tag(new EntityTag(outcome.version())).build();
    }

    private static String id(License license) {
        return license.id().value();
    }
}
