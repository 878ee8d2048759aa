package dev.tally.licensing.api;

import dev.tally.http.FreeText;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;

/**
 * Request to waive a counted download.
 *
 * @param reason reason in the operator's words
 */
public record WaiveRequest(
        @NotNull @FreeText @Size(max = MAX_REASON, message = "must be at most {max} characters")
                String reason) {

    /** Most characters of a reason, since it is stored for ever. */
    static final int MAX_REASON = 200;
}
