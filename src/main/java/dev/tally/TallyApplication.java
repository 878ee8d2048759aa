package dev.tally;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/**
 * Root of the JAX-RS application. Each resource carries its whole path, so that {@code
 * /.well-known} lies beside {@code /v1}.
 */
@ApplicationPath("/")
public class TallyApplication extends Application {}
