package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.licensing.denials.Denial;
import dev.tally.licensing.denials.Denial.Kind;
import dev.tally.licensing.denials.DenialKeeper;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Device;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.provisional.Commands;
import dev.tally.licensing.write.DeactivateDeviceHandler;
import dev.tally.licensing.write.LicensingQueries;
import dev.tally.licensing.write.Outcome;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;

/** Resource of one customer's devices. */
@Path("/v1/customers/{customerId}/devices")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class DevicesResource {

    @Inject DeactivateDeviceHandler deactivate;
    @Inject LicensingQueries queries;
    @Inject Commands commands;
    @Inject Entitlements entitlements;
    @Inject DenialKeeper denials;
    @Inject InstantSource clock;

    /**
     * A device as answers show it.
     *
     * @param deactivatedAt time of its deactivation; null: it is active
     * @param activeDownloads number of active licenses on it
     * @param lastDownloadAt time at which its latest download license was issued
     */
    record DeviceView(
            String deviceId,
            String name,
            Instant activatedAt,
            Instant deactivatedAt,
            long activeDownloads,
            Instant lastDownloadAt) {

        static DeviceView of(Account account, Device device, Instant now) {
            return new DeviceView(
                    device.id().value(),
                    device.name(),
                    device.activatedAt(),
                    device.deactivatedAt(),
                    account.licenses().activeOn(device.id(), now).count(),
                    account.devices().lastDownloadAt(device.id()).orElse(null));
        }
    }

    /** Devices, the latest activated first. */
    record DeviceList(List<DeviceView> devices) {}

    /** A device that is off, and the licenses that the command released with it. */
    record Deactivated(
            String deviceId, Instant deactivatedAt, List<LicenseView> releasedLicenses) {}

    @GET
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response list(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness) {
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var found = queries.account(new CustomerId(customerId), until, now, freshness.maxStale());
        var views =
                found.account()
                        .devices()
                        .all()
                        .map(device -> DeviceView.of(found.account(), device, found.at()))
                        .sorted(Comparator.comparing(DeviceView::activatedAt).reversed())
                        .toList();
        return Versions.answer(found, new DeviceList(views));
    }

    @DELETE
    @Path("{deviceId}")
    @RolesAllowed(Security.EDGE)
    public Response deactivate(
            @PathParam("customerId") @Identifier String customerId,
            @BeanParam @Valid Headers headers,
            @PathParam("deviceId") @Identifier String deviceId) {
        var customer = new CustomerId(customerId);
        var asked = headers.asked(Hashes.deactivate(deviceId));
        var device = new DeviceId(deviceId);
        var outcome =
                commands.take(
                        customer,
                        entitlements.shown(customer, headers.entitlement()),
                        now ->
                                deactivate.handle(
                                        new DeactivateDevice(customer, device, now), asked));
        if (outcome.decision() instanceof Denied denied) {
            denials.keep(Denial.of(customer, Kind.DEACTIVATE, denied, outcome.at()));
            throw Denials.problem(ProblemType.DEACTIVATION_DENIED, denied);
        }
        var deactivatedAt =
                outcome.account().devices().find(device).map(Device::deactivatedAt).orElseThrow();
        return Response.ok(new Deactivated(deviceId, deactivatedAt, released(customer, outcome)))
                .tag(new EntityTag(outcome.version()))
                .build();
    }

    private List<LicenseView> released(CustomerId customer, Outcome outcome) {
        if (!(outcome.decision() instanceof Allowed allowed)) {
            return List.of();
        }
        return allowed.events().stream()
                .filter(LicenseReleased.class::isInstance)
                .map(event -> ((LicenseReleased) event).license())
                .map(id -> outcome.account().licenses().find(id, outcome.at()).orElseThrow())
                .map(license -> LicenseView.of(customer, license, outcome.at()))
                .toList();
    }
}
