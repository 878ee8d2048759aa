package dev.tally;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** The JAX-RS root. Resources carry their whole path, so that {@code /.well-known} lies beside {@code /v1}. */
@ApplicationPath("/")
public class TallyApplication extends Application {}
