package dev.tally.licensing.api;

import dev.tally.http.FreeText;

/**
 * Takes a license away.
 *
 * @param reason in the operator's words; null: none given
 */
public record RevokeRequest(@FreeText String reason) {}
