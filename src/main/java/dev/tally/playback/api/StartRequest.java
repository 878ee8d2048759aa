package dev.tally.playback.api;

import dev.tally.http.Identifier;

import jakarta.validation.constraints.NotNull;

import java.time.Instant;

/**
 * Asks to play, or says that it was.
 *
 * @param sessionId what the player calls the session, where it began without us; null: a new one
 * @param occurredAt by the device's clock; null: now
 */
public record StartRequest(
        @NotNull @Identifier String licenseId, @Identifier String sessionId, Instant occurredAt) {}
