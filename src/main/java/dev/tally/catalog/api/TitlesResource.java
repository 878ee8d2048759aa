package dev.tally.catalog.api;

import dev.tally.catalog.Catalog;
import dev.tally.catalog.Title;
import dev.tally.catalog.TitleVersion;
import dev.tally.http.Identifier;
import dev.tally.http.Lines;
import dev.tally.http.MaxBody;
import dev.tally.http.Page;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.http.Security;
import dev.tally.ids.TitleId;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;

import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.function.IntPredicate;

/** Resource of the titles that can be licensed. */
@Path("/v1/titles")
@Produces(MediaType.APPLICATION_JSON)
@ApplicationScoped
public class TitlesResource {

    @Inject Catalog catalog;
    @Inject TitleImport titleImport;

    /** A title as answers show it. */
    record TitleView(
            String titleId,
            String name,
            String studioId,
            Instant availabilityStart,
            Instant availabilityEnd) {

        static TitleView of(Title title) {
            return new TitleView(
                    title.id().value(),
                    title.name(),
                    title.studio().value(),
                    title.availabilityStart(),
                    title.availabilityEnd());
        }
    }

    /**
     * A page of titles, in the order of their ids.
     *
     * @param next cursor of the next page; null on the last page
     */
    record TitlePage(List<TitleView> titles, String next) implements Page {}

    @GET
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public TitlePage list(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        var size = Parameters.limit(limit);
        var after = cursor == null ? "" : Parameters.after(cursor);
        var page = catalog.titles(after, size + 1);
        var shown = page.subList(0, Math.min(size, page.size()));
        var next = page.size() > size ? Parameters.cursorAfter(shown.getLast().id().value()) : null;
        return new TitlePage(shown.stream().map(TitleView::of).toList(), next);
    }

    @GET
    @Path("{titleId}")
    @RolesAllowed({Security.EDGE, Security.READER, Security.OPERATOR})
    public Response get(
            @PathParam("titleId") @Identifier String titleId, @Context Request conditions) {
        return catalog.titleVersion(new TitleId(titleId))
                .map(found -> Tags.answer(conditions, tag(found), TitleView.of(found.title())))
                .orElseThrow(
                        () ->
                                new ProblemException(
                                        ProblemType.NOT_FOUND,
                                        "There is no title " + titleId + "."));
    }

    /** Stores a title. Without a condition the last write wins. */
    @PUT
    @Path("{titleId}")
    @RolesAllowed(Security.OPERATOR)
    @Consumes(MediaType.APPLICATION_JSON)
    public Response put(
            @PathParam("titleId") @Identifier String titleId,
            @HeaderParam("If-Match") String ifMatch,
            @HeaderParam("If-None-Match") String ifNoneMatch,
            @NotNull @Valid TitleRequest request) {
        if (request.titleId() != null && !request.titleId().equals(titleId)) {
            throw new ProblemException(
                    ProblemType.INVALID_REQUEST, "titleId must be the one of the URL.");
        }
        var put =
                catalog.put(request.title(titleId), condition(ifMatch, ifNoneMatch))
                        .orElseThrow(
                                () ->
                                        new ProblemException(
                                                ProblemType.PRECONDITION_FAILED,
                                                "The title is not at the version that the"
                                                        + " condition names."));
        return Response.status(put.created() ? Status.CREATED : Status.OK)
                .entity(TitleView.of(put.title().title()))
                .tag(new EntityTag(tag(put.title())))
                .build();
    }

    /** The condition on the version that is there; 0: none is. */
    private static IntPredicate condition(String ifMatch, String ifNoneMatch) {
        if (Tags.isForNew(ifNoneMatch)) return version -> version == 0;
        if (ifMatch == null) return version -> true;
        var expected = Parameters.ifMatch(ifMatch);
        return expected == null
                ? version -> version != 0
                : version -> String.valueOf(version).equals(expected);
    }

    private static String tag(TitleVersion title) {
        return String.valueOf(title.version());
    }

    /** Loads titles, one a line. A bad line is reported and costs none of the good ones. */
    @POST
    @RolesAllowed(Security.OPERATOR)
    @Consumes(Lines.NDJSON)
    @MaxBody(TitleImport.MAX_BYTES)
    public TitleImport.Report load(InputStream lines) {
        return titleImport.load(lines);
    }
}
