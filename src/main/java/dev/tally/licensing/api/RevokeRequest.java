package dev.tally.licensing.api;

import dev.tally.http.FreeText;

/**
 * Request to revoke a license.
 *
 * @param reason reason in the operator's words; null: none given
 */
public record RevokeRequest(@FreeText String reason) {}
