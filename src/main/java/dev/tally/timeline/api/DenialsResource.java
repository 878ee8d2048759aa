package dev.tally.timeline.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.http.Identifier;
import dev.tally.http.Page;
import dev.tally.http.Parameters;
import dev.tally.http.Security;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.denials.DenialFilter;
import dev.tally.licensing.denials.DenialQueries;
import dev.tally.licensing.denials.DenialQueries.Part;
import dev.tally.licensing.denials.Finding;
import dev.tally.licensing.denials.KeptDenial;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/** Resource of a customer's denials: what rules forbade, newest first, page by page. */
@Path("/v1/customers/{customerId}/denials")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class DenialsResource {

    /** Directions of a cursor, and their first letters in it. */
    private static final char OLDER = 'o';

    private static final char NEWER = 'n';

    @Inject DenialQueries denials;

    /**
     * What a rule found when it forbade a request.
     *
     * @param scope scope of the policy that set the limit; null: no policy does
     * @param limit most that was allowed; null: no limit, or nothing is counted
     * @param current how much was counted; null: nothing is
     * @param nextAllowedAt time at which the rule allows it; null: time alone does not help
     * @param remedies what the member can do
     * @param ending end of the license, where that is what forbade it
     */
    record DeniedRule(
            String rule,
            String scope,
            Integer limit,
            Integer current,
            Instant nextAllowedAt,
            List<String> remedies,
            @JsonInclude(Include.NON_NULL) Finding.Ending ending) {

        static DeniedRule of(Finding finding) {
            return new DeniedRule(
                    finding.rule(),
                    finding.scope(),
                    finding.limit(),
                    finding.current(),
                    finding.nextAllowedAt(),
                    finding.remedies(),
                    finding.ending());
        }
    }

    /**
     * A request that was denied, once or several times within an hour.
     *
     * @param titleId null: a deactivation is about no title
     * @param studioId studio that owned the title; null: there is no title
     * @param plan null: none is known
     * @param policyVersion newest policy version that the last denial was decided under; null: no
     *     policy has a say in it
     * @param count how often it was denied in this hour
     * @param rules the rules that forbade it, as the last denial found them
     */
    record DenialView(
            String denialId,
            String kind,
            String deviceId,
            String titleId,
            String studioId,
            String plan,
            Integer policyVersion,
            int count,
            Instant firstAt,
            Instant lastAt,
            List<DeniedRule> rules) {

        static DenialView of(KeptDenial kept) {
            var about = kept.about();
            return new DenialView(
                    kept.place().id(),
                    kept.kind(),
                    about.deviceId(),
                    about.titleId(),
                    about.studioId(),
                    about.plan(),
                    about.policyVersion(),
                    kept.count(),
                    kept.firstAt(),
                    kept.lastAt(),
                    kept.findings().stream().map(DeniedRule::of).toList());
        }
    }

    /**
     * A page of denials, newest first.
     *
     * @param next cursor of the page with older ones; null on the last page
     * @param previous cursor of the page with newer ones; null on the first page
     */
    record DenialPage(List<DenialView> denials, String next, String previous) implements Page {}

    @GET
    @RolesAllowed({Security.READER, Security.OPERATOR})
    public DenialPage list(
            @PathParam("customerId") @Identifier String customerId,
            @QueryParam("from") String from,
            @QueryParam("to") String to,
            @QueryParam("deviceId") @Identifier String deviceId,
            @QueryParam("titleId") @Identifier String titleId,
            @QueryParam("rule") @Identifier String rule,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        var customer = new CustomerId(customerId);
        var filter =
                new DenialFilter(
                        Parameters.instant("from", from),
                        Parameters.instant("to", to),
                        deviceId,
                        titleId,
                        rule);
        var size = Parameters.limit(limit);
        var place = Place.of(Parameters.after(cursor));
        return place != null && place.direction == NEWER
                ? newer(place, denials.newer(customer, filter, place.of, size))
                : older(
                        place,
                        denials.older(customer, filter, place == null ? null : place.of, size));
    }

    private static DenialPage older(Place asked, Part part) {
        return new DenialPage(
                views(part),
                part.isCut() ? cursor(OLDER, part.denials().getLast()) : null,
                asked == null ? null : newerThan(asked, part));
    }

    private static DenialPage newer(Place asked, Part part) {
        var last = part.denials().isEmpty() ? asked.of : part.denials().getLast().place();
        return new DenialPage(
                views(part),
                new Place(OLDER, last).cursor(),
                part.isCut() ? newerThan(asked, part) : null);
    }

    private static String newerThan(Place asked, Part part) {
        return part.denials().isEmpty()
                ? new Place(NEWER, asked.of).cursor()
                : cursor(NEWER, part.denials().getFirst());
    }

    private static String cursor(char direction, KeptDenial denial) {
        return new Place(direction, denial.place()).cursor();
    }

    private static List<DenialView> views(Part part) {
        return part.denials().stream().map(DenialView::of).toList();
    }

    /** A denial's place, and the side of it on which a page lies. */
    private record Place(char direction, KeptDenial.Place of) {

        private static final Pattern FORMAT =
                Pattern.compile("([on])([0-9]{1,12})\\.([0-9a-z]{1,26})");

        static Place of(String text) {
            if (text == null) return null;
            var format = FORMAT.matcher(text);
            if (!format.matches()) throw Parameters.notACursor();
            try {
                var hour = Instant.ofEpochSecond(Long.parseLong(format.group(2)));
                return new Place(
                        format.group(1).charAt(0), new KeptDenial.Place(hour, format.group(3)));
            } catch (DateTimeException e) {
                throw Parameters.notACursor();
            }
        }

        String cursor() {
            return Parameters.cursorAfter(
                    direction + Long.toString(of.hour().getEpochSecond()) + "." + of.id());
        }
    }
}
