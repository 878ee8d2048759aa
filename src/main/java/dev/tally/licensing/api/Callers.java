package dev.tally.licensing.api;

import dev.tally.eventstore.Caller;
import dev.tally.http.Security;

import jakarta.ws.rs.core.SecurityContext;

/** Finds the sender of a command, who is stored with its events. */
public final class Callers {

    private Callers() {}

    /**
     * The role that allowed the command, and the subject of the token; of a player the role only.
     */
    public static Caller of(SecurityContext security) {
        var role = security.isUserInRole(Security.EDGE) ? Security.EDGE : Security.OPERATOR;
        if (Security.isPlayer(security)) return new Caller(role, null);
        return new Caller(role, Security.subject(security));
    }
}
