package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.licensing.denials.Denial;
import dev.tally.licensing.denials.Denial.Kind;
import dev.tally.licensing.denials.DenialKeeper;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Device;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.provisional.Commands;
import dev.tally.licensing.write.DeactivateDeviceHandler;
import dev.tally.licensing.write.LicensingQueries;
import dev.tally.licensing.write.LicensingQueries.Budgets;
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
import java.util.stream.Stream;

/** Resource of one customer's devices. */
@Path("/v1/customers/{customerId}/devices")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class DevicesResource {

    /** Most downloads that are listed on the home page of a device. */
    static final int MAX_DOWNLOADS = 1_000;

    private static final Comparator<License> FIRST_TO_END =
            Comparator.comparing(
                            License::expiresAt, Comparator.nullsLast(Comparator.naturalOrder()))
                    .thenComparing(license -> license.id().value());

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

    /**
     * All that the home page of a device shows.
     *
     * @param name null: the device never gave one, or is not known
     * @param active false if the device is deactivated, or not known
     * @param downloads active download licenses on it, those that end first before others
     * @param total number of them, where there are more than are listed
     * @param endsSoon ids of those of which less than a quarter of their life is left
     * @param renewNow ids of those that should be renewed now
     * @param quotas the member's budgets, that of the device among them
     */
    record DeviceDownloads(
            String deviceId,
            String name,
            boolean active,
            Instant at,
            List<LicenseView> downloads,
            long total,
            List<String> endsSoon,
            List<String> renewNow,
            List<QuotaView> quotas) {}

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

    @GET
    @Path("{deviceId}/downloads")
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response downloads(
            @PathParam("customerId") @Identifier String customerId,
            @PathParam("deviceId") @Identifier String deviceId,
            @QueryParam("plan") @Identifier String plan,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness) {
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var customer = new CustomerId(customerId);
        var device = new DeviceId(deviceId);
        var budgets = new Budgets(null, device, plan == null ? null : new PlanId(plan));
        var found = queries.account(customer, until, now, freshness.maxStale());
        var quotas = queries.quotas(found, budgets).stream().map(QuotaView::of).toList();
        var held =
                found.account()
                        .licenses()
                        .activeOn(device, found.at())
                        .filter(license -> license.type() == LicenseType.DOWNLOAD)
                        .sorted(FIRST_TO_END)
                        .toList();
        var shown = held.subList(0, Math.min(held.size(), MAX_DOWNLOADS));
        var views =
                shown.stream()
                        .map(
                                l ->
                                        LicenseView.of(
                                                customer,
                                                l,
                                                queries.renewal(l, found).orElse(null),
                                                found.at()))
                        .toList();
        var known = found.account().devices().find(device);
        var home =
                new DeviceDownloads(
                        deviceId,
                        known.map(Device::name).orElse(null),
                        known.map(Device::isActive).orElse(false),
                        found.at(),
                        views,
                        held.size(),
                        ids(shown.stream().filter(license -> license.endsSoon(found.at()))),
                        views.stream()
                                .filter(view -> view.isToBeRenewed(found.at()))
                                .map(LicenseView::licenseId)
                                .toList(),
                        quotas);
        return Versions.answerOfMore(
                found, home, List.of(views, home.endsSoon, home.renewNow, quotas));
    }

    private static List<String> ids(Stream<License> licenses) {
        return licenses.map(license -> license.id().value()).toList();
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
                .map(license -> LicenseView.of(customer, license, null, outcome.at()))
                .toList();
    }
}
