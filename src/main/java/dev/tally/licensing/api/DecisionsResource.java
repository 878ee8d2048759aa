package dev.tally.licensing.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.http.Identifier;
import dev.tally.http.Lines;
import dev.tally.http.MaxBody;
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
import dev.tally.licensing.write.OfferQueries;
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
import jakarta.ws.rs.core.StreamingOutput;

import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Resource of dry runs: the answer that an acquire would get, or would have got at a time of the
 * past, with every rule; the answer that it would get if something else were so; and everything
 * that a device may do with many titles. Nothing is written.
 */
@Path("/v1/customers/{customerId}/decisions")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class DecisionsResource {

    @Inject LicensingQueries queries;
    @Inject PotentialQueries potential;
    @Inject OfferQueries offers;
    @Inject OfferLines offerLines;
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
     * A decision that takes no effect, about an acquire or about titles.
     *
     * @param result effect that the acquire would have; null: titles were asked about
     * @param policyVersion version of the policies; null: titles were asked about
     * @param existingLicenseId id of the active license for the device and title; null: there is
     *     none, or titles were asked about
     * @param rules rules of the acquire; null: titles were asked about
     * @param whatIf what would be decided if something else were so; only where that was asked
     * @param titles what a device may do with titles, in the order in which they were asked about;
     *     null: an acquire was
     */
    record DecisionView(
            @JsonInclude(Include.NON_NULL) Result result,
            Instant at,
            @JsonInclude(Include.NON_NULL) Integer policyVersion,
            String existingLicenseId,
            @JsonInclude(Include.NON_NULL) List<RuleView> rules,
            @JsonInclude(Include.NON_NULL) PotentialView whatIf,
            @JsonInclude(Include.NON_NULL) List<OfferView> titles) {

        static DecisionView about(List<OfferView> titles, Instant at) {
            return new DecisionView(null, at, null, null, null, null, titles);
        }
    }

    @POST
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response decide(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness,
            @NotNull @Valid DecisionRequest request) {
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var customer = new CustomerId(customerId);
        if (request.asksAboutTitles()) {
            var found = queries.account(customer, until, now, freshness.maxStale());
            return Versions.answer(found, offers(customer, found, request), null);
        }
        var command = request.command(customer, now);
        var found = queries.account(customer, until, now, freshness.maxStale());
        var dryRun = queries.decide(command, found);
        var existing = dryRun.existing() == null ? null : dryRun.existing().id().value();
        var view =
                new DecisionView(
                        Result.of(dryRun.decision()),
                        found.at(),
                        dryRun.policyVersion(),
                        existing,
                        RuleView.of(dryRun.decision().rules()),
                        whatIf(request.whatIf(), command, found, dryRun.decision()),
                        null);
        return Versions.answer(found, view, null);
    }

    private DecisionView offers(CustomerId customer, Versioned found, DecisionRequest request) {
        var answers = offers.about(customer, found).answer(request.questions());
        var views = answers.stream().map(answer -> OfferView.of(answer, found.at())).toList();
        return DecisionView.about(views, found.at());
    }

    /** Answers each line that is not blank with one result, in order, while the lines are read. */
    @POST
    @Consumes(Lines.NDJSON)
    @Produces(Lines.NDJSON)
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    @MaxBody(OfferLines.MAX_BYTES)
    public Response decideLines(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("asOf") String asOf,
            @BeanParam Freshness freshness,
            InputStream lines) {
        var now = clock.instant();
        var until = Parameters.asOf(asOf, now);
        var customer = new CustomerId(customerId);
        var found = queries.account(customer, until, now, freshness.maxStale());
        var asked = offers.about(customer, found);
        StreamingOutput answer =
                answers -> offerLines.answer(asked, found.at(), new Lines(lines), answers);
        return Versions.lines(found, answer);
    }

    private PotentialView whatIf(
            WhatIfRequest asked, AcquireLicense command, Versioned found, Decision now) {
        if (asked == null) return null;
        var supposed = asked.supposition(command.customer(), command.plan(), found.at());
        return PotentialView.of(now, potential.decide(command, found, supposed), supposed.at());
    }
}
