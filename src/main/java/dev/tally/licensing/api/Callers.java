package dev.tally.licensing.api;

import dev.tally.eventstore.Caller;
import dev.tally.http.Security;

import jakarta.ws.rs.core.SecurityContext;

/** Finds the sender of a command, who is stored with its events. */
public final class Callers {

    /** Most characters of a subject, since it is stored with every command. */
    static final int MAX_SUBJECT = 128;

    private Callers() {}

    /**
     * The role that allowed the command, and the subject of the token; of a player the role only.
     */
    public static Caller of(SecurityContext security) {
        var role = security.isUserInRole(Security.EDGE) ? Security.EDGE : Security.OPERATOR;
        if (Security.isPlayer(security)) return new Caller(role, null);
        var subject = security.getUserPrincipal().getName();
        return new Caller(
                role,
                subject.length() <= MAX_SUBJECT ? subject : subject.substring(0, MAX_SUBJECT));
    }
}
