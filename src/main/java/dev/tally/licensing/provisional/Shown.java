package dev.tally.licensing.provisional;

import dev.tally.licensing.domain.License;

/**
 * What a token of ours tells that a caller sends along.
 *
 * @param promise the promise that the token was given with, which the store may not have yet; null:
 *     none
 */
public record Shown(License license, Promise promise) {}
