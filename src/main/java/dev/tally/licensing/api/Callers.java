package dev.tally.licensing.api;

import dev.tally.eventstore.Caller;
import dev.tally.http.Security;

import jakarta.ws.rs.core.SecurityContext;

/** Who calls, as it is stored with what a command causes. */
public final class Callers {

    /** Characters of a subject that are stored with every command. */
    static final int MAX_SUBJECT = 128;

    private Callers() {}

    /** The role that a command was allowed by, and the subject of the token. */
    public static Caller of(SecurityContext security) {
        var role = security.isUserInRole(Security.EDGE) ? Security.EDGE : Security.OPERATOR;
        var subject = security.getUserPrincipal().getName();
        return new Caller(
                role,
                subject.length() <= MAX_SUBJECT ? subject : subject.substring(0, MAX_SUBJECT));
    }
}
