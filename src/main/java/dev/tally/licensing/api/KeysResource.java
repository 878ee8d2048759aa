package dev.tally.licensing.api;

import jakarta.annotation.security.PermitAll;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.CacheControl;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import java.time.Duration;

/** Resource of the keys that verify entitlements, open to everybody. */
@Path("/.well-known/jwks.json")
@ApplicationScoped
public class KeysResource {

    private static final Duration CACHED_FOR = Duration.ofMinutes(5);

    @Inject Entitlements entitlements;

    @GET
    @PermitAll
    @Produces(MediaType.APPLICATION_JSON)
    public Response keys() {
        var cached = new CacheControl();
        cached.setMaxAge((int) CACHED_FOR.toSeconds());
        return Response.ok(entitlements.publishedKeys()).cacheControl(cached).build();
    }
}
