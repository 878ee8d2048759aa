package dev.tally.http;

import jakarta.annotation.Resource;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;

import java.io.IOException;
import java.io.InputStream;
import java.sql.SQLException;
import java.time.Instant;

import javax.sql.DataSource;

/** A resource for tests only, with one method for each kind of failure. */
@Path("/v1/probe")
@Produces(MediaType.APPLICATION_JSON)
public class Probe {

    public enum Kind {
        ONE,
        TWO
    }

    public record Body(
            @NotNull @Size(max = 8) String id,
            Kind kind,
            Instant at,
            Integer count,
            boolean flag) {}

    @Resource(lookup = "jdbc/tally")
    DataSource database;

    @POST
    @RolesAllowed(Security.EDGE)
    @Consumes(MediaType.APPLICATION_JSON)
    public Body echo(@NotNull @Valid Body body) {
        return body;
    }

    @POST
    @Path("large")
    @MaxBody(1024 * 1024)
    @RolesAllowed(Security.EDGE)
    @Consumes("application/x-ndjson")
    public long large(InputStream body) throws IOException {
        return body.readAllBytes().length;
    }

    @GET
    @Path("unannotated")
    public String unannotated() {
        return "\"closed\"";
    }

    @GET
    @Path("limited")
    @RolesAllowed(Security.READER)
    public String limited(@QueryParam("limit") @Max(100) int limit) {
        return "\"limited\"";
    }

    @GET
    @Path("open")
    @PermitAll
    public String open() {
        return "\"open\"";
    }

    @GET
    @Path("database")
    @PermitAll
    public int database() throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery("select 42")) {
            row.next();
            return row.getInt(1);
        }
    }

    @GET
    @Path("bug")
    @PermitAll
    public String bug() {
        throw new IllegalStateException("secret");
    }
}
