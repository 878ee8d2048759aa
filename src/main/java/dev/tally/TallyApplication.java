package dev.tally;

import dev.tally.http.Security;

import jakarta.annotation.security.DeclareRoles;
import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

import org.eclipse.microprofile.auth.LoginConfig;

/**
 * Root of the JAX-RS application. Each resource carries its whole path, so that {@code
 * /.well-known} lies beside {@code /v1}.
 */
@ApplicationPath("/")
@LoginConfig(authMethod = "MP-JWT", realmName = "tally")
@DeclareRoles({Security.EDGE, Security.READER, Security.OPERATOR})
public class TallyApplication extends Application {}
