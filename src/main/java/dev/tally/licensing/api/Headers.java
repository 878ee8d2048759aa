package dev.tally.licensing.api;

import dev.tally.licensing.write.Asked;
import dev.tally.platform.Identifier;
import dev.tally.platform.Ids;
import dev.tally.platform.Parameters;

import jakarta.ws.rs.HeaderParam;

/** The headers that every command takes. */
public class Headers {

    /** A retry with the same key is answered as the first time, and does nothing. */
    @HeaderParam("Idempotency-Key")
    @Identifier
    String idempotencyKey;

    /** The {@code ETag} of the customer that the caller decided from. */
    @HeaderParam("If-Match")
    String ifMatch;

    /** What was asked, under the caller's key or a new one. */
    Asked asked(Object... payload) {
        return Asked.under(
                idempotencyKey == null ? Ids.next() : idempotencyKey,
                Parameters.ifMatch(ifMatch),
                payload);
    }
}
