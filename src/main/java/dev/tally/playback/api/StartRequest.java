package dev.tally.playback.api;

import dev.tally.http.Identifier;

import jakarta.validation.constraints.NotNull;

import java.time.Instant;

/**
 * Request to play, or report of a play.
 *
 * @param sessionId id that the player gave the session, where it began without Tally; null: a new
 *     one
 * @param occurredAt time by the device's clock; null: now
 */
public record StartRequest(
        @NotNull @Identifier String licenseId, @Identifier String sessionId, Instant occurredAt) {}
