package dev.tally.licensing.api;

import dev.tally.http.FreeText;
import dev.tally.http.Parameters;
import dev.tally.licensing.write.Asked;
import dev.tally.licensing.write.CommandHash;
import dev.tally.runtime.Ids;

import jakarta.validation.constraints.Size;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.SecurityContext;

/** Headers that every command takes, and its sender. */
public class Headers {

    /** Most characters of a key, since it is stored with every command. */
    static final int MAX_KEY = 128;

    /**
     * Key of the command. A retry with the same key is answered as the first time, and does
     * nothing.
     */
    @HeaderParam("Idempotency-Key")
    @FreeText
    @Size(max = MAX_KEY, message = "must be at most {max} characters")
    String idempotencyKey;

    /** The {@code ETag} of the customer that the caller decided from. */
    @HeaderParam("If-Match")
    String ifMatch;

    /**
     * The token of the license that the command is about. Without the store, a node knows a license
     * of another node by it; and a node that has never seen a promised license learns of it.
     */
    @HeaderParam("Tally-Entitlement")
    @Size(max = Entitlements.MAX_TOKEN, message = "must be at most {max} characters")
    String entitlement;

    @Context SecurityContext security;

    /** The token of a license that the caller sent along; null: none. */
    public String entitlement() {
        return entitlement;
    }

    /** The id, sender and condition of a command, under the caller's key or a new one. */
    public Asked asked(CommandHash hash) {
        var version = Parameters.ifMatch(ifMatch);
        var caller = Callers.of(security);
        return idempotencyKey == null
                ? Asked.once(Ids.next(), version, caller)
                : Asked.under(idempotencyKey, version, caller, hash);
    }
}
