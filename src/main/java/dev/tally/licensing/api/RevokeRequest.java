package dev.tally.licensing.api;

import dev.tally.platform.FreeText;

/**
 * Takes a license away.
 *
 * @param reason in the operator's words; null: none given
 */
public record RevokeRequest(@FreeText String reason) {}
