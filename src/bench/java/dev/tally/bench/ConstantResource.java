package dev.tally.bench;

import dev.tally.http.Security;

import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;

/**
 * A resource that does nothing: it recognises its caller, takes a body, and answers a constant. It
 * runs inside the application, so its cost is that of the platform and of what surrounds each
 * request.
 */
@Path("/v1/constant/{octets}")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RolesAllowed({Security.EDGE, Security.READER})
public class ConstantResource {

    private static final String PLACE = "WEB-INF/classes/";
    private static final java.nio.file.Path SHIPPED = java.nio.file.Path.of("target/tally.war");

    /** Answers 200 with a JSON text of so many octets. */
    @GET
    public Response get(@PathParam("octets") int octets) {
        return Response.ok(constant(octets)).build();
    }

    /** Takes a body, and answers 201 with a JSON text of so many octets. */
    @POST
    public Response post(@PathParam("octets") int octets, String body) {
        return Response.status(Response.Status.CREATED).entity(constant(octets)).build();
    }

    private static String constant(int octets) {
        return '"' + "x".repeat(Math.max(0, octets - 2)) + '"';
    }

    /** A copy of the application with this resource, in a folder. */
    static java.nio.file.Path in(java.nio.file.Path folder) throws IOException {
        var war = folder.resolve("constant.war");
        if (Files.exists(war)) return war;
        Files.copy(SHIPPED, war);
        var name = ConstantResource.class.getName().replace('.', '/') + ".class";
        try (var zip = FileSystems.newFileSystem(war);
                var octets = ConstantResource.class.getClassLoader().getResourceAsStream(name)) {
            var place = zip.getPath(PLACE + name);
            Files.createDirectories(place.getParent());
            Files.copy(octets, place);
        }
        return war;
    }
}
