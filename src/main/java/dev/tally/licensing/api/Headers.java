package dev.tally.licensing.api;

import dev.tally.http.FreeText;
import dev.tally.http.Parameters;
import dev.tally.licensing.write.Asked;
import dev.tally.runtime.Ids;

import jakarta.validation.constraints.Size;
import jakarta.ws.rs.HeaderParam;

/** The headers that every command takes. */
public class Headers {

    /** Characters of a key: it is stored with every event that the command causes. */
    static final int MAX_KEY = 128;

    /** A retry with the same key is answered as the first time, and does nothing. */
    @HeaderParam("Idempotency-Key")
    @FreeText
    @Size(max = MAX_KEY, message = "must be at most {max} characters")
    String idempotencyKey;

    /** The {@code ETag} of the customer that the caller decided from. */
    @HeaderParam("If-Match")
    String ifMatch;

    /** What was asked, under the caller's key or a new one. */
    public Asked asked(Object... payload) {
        return Asked.under(
                idempotencyKey == null ? Ids.next() : idempotencyKey,
                Parameters.ifMatch(ifMatch),
                payload);
    }
}
