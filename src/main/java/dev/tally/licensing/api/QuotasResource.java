package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.http.Parameters;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.write.LicensingQueries;
import dev.tally.licensing.write.LicensingQueries.Budgets;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** Resource of a customer's budgets, visible before they block. */
@Path("/v1/customers/{customerId}/quotas")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class QuotasResource {

    @Inject LicensingQueries queries;
    @Inject InstantSource clock;

    /** Every limit, even those that are not set. */
    record QuotaList(String customerId, Instant at, List<QuotaView> quotas) {}

    @GET
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response quotas(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("titleId") @Identifier String titleId,
            @QueryParam("deviceId") @Identifier String deviceId,
            @QueryParam("plan") @Identifier String plan,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness) {
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var asked =
                new Budgets(
                        titleId == null ? null : new TitleId(titleId),
                        deviceId == null ? null : new DeviceId(deviceId),
                        plan == null ? null : new PlanId(plan));
        var found = queries.account(new CustomerId(customerId), until, now, freshness.maxStale());
        var quotas = queries.quotas(found, asked).stream().map(QuotaView::of).toList();
        return Versions.answerOfMore(found, new QuotaList(customerId, found.at(), quotas), quotas);
    }
}
