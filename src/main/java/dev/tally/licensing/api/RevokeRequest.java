package dev.tally.licensing.api;

import jakarta.validation.constraints.Pattern;

/**
 * Takes a license away.
 *
 * @param reason in the operator's words; null: none given
 */
public record RevokeRequest(
        @Pattern(
                        regexp = "[^\\p{Cc}\\p{Cs}\\p{Cn}]{1,256}",
                        message = "must be 1 to 256 characters without control characters")
                String reason) {}
