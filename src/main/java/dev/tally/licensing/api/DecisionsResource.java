package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.http.Parameters;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.write.LicensingQueries;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Resource of dry runs: the answer that an acquire would get, or would have got at a time of the
 * past, with every rule. Nothing is written.
 */
@Path("/v1/customers/{customerId}/decisions")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class DecisionsResource {

    @Inject LicensingQueries queries;
    @Inject InstantSource clock;

    /** Effect that the acquire would have. */
    enum Result {
        /** A license would be issued. */
        ALLOWED,
        /** The active license would come back. */
        EXISTING,
        DENIED
    }

    /**
     * A decision that takes no effect.
     *
     * @param existingLicenseId id of the active license for the device and title; null: there is
     *     none
     */
    record DecisionView(
            Result result,
            Instant at,
            int policyVersion,
            String existingLicenseId,
            List<RuleView> rules) {}

    @POST
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response decide(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness,
            @NotNull @Valid AcquireRequest request) {
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var command = request.command(new CustomerId(customerId), null, now);
        var found = queries.account(command.customer(), until, now, freshness.maxStale());
        var dryRun = queries.decide(command, found);
        var existing = dryRun.existing() == null ? null : dryRun.existing().id().value();
        var view =
                new DecisionView(
                        result(dryRun.decision()),
                        found.at(),
                        dryRun.policyVersion(),
                        existing,
                        RuleView.of(dryRun.decision().rules()));
        return Versions.answer(found, view, null);
    }

    private static Result result(Decision decision) {
        return switch (decision) {
            case Allowed allowed -> Result.ALLOWED;
            case Unchanged unchanged -> Result.EXISTING;
            case Denied denied -> Result.DENIED;
        };
    }
}
