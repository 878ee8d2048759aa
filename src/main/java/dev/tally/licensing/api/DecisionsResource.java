package dev.tally.licensing.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.http.Identifier;
import dev.tally.http.Parameters;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.write.Accounts.Versioned;
import dev.tally.licensing.write.LicensingQueries;
import dev.tally.licensing.write.PotentialQueries;

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
 * past, with every rule; and the answer that it would get if something else were so. Nothing is
 * written.
 */
@Path("/v1/customers/{customerId}/decisions")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class DecisionsResource {

    @Inject LicensingQueries queries;
    @Inject PotentialQueries potential;
    @Inject InstantSource clock;

    /** Effect that the acquire would have. */
    enum Result {
        /** A license would be issued. */
        ALLOWED,
        /** The active license would come back. */
        EXISTING,
        DENIED;

        static Result of(Decision decision) {
            return switch (decision) {
                case Allowed allowed -> ALLOWED;
                case Unchanged unchanged -> EXISTING;
                case Denied denied -> DENIED;
            };
        }
    }

    /**
     * A decision that takes no effect.
     *
     * @param existingLicenseId id of the active license for the device and title; null: there is
     *     none
     * @param whatIf what would be decided if something else were so; only where that was asked
     */
    record DecisionView(
            Result result,
            Instant at,
            int policyVersion,
            String existingLicenseId,
            List<RuleView> rules,
            @JsonInclude(Include.NON_NULL) PotentialView whatIf) {}

    @POST
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response decide(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness,
            @NotNull @Valid DecisionRequest request) {
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var command = request.command(new CustomerId(customerId), now);
        var found = queries.account(command.customer(), until, now, freshness.maxStale());
        var dryRun = queries.decide(command, found);
        var existing = dryRun.existing() == null ? null : dryRun.existing().id().value();
        var view =
                new DecisionView(
                        Result.of(dryRun.decision()),
                        found.at(),
                        dryRun.policyVersion(),
                        existing,
                        RuleView.of(dryRun.decision().rules()),
                        whatIf(request.whatIf(), command, found, dryRun.decision()));
        return Versions.answer(found, view, null);
    }

    private PotentialView whatIf(
            WhatIfRequest asked, AcquireLicense command, Versioned found, Decision now) {
        if (asked == null) return null;
        var supposed = asked.supposition(command.customer(), command.plan(), found.at());
        return PotentialView.of(now, potential.decide(command, found, supposed), supposed.at());
    }
}
