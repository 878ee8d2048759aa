package dev.tally.licensing.domain;

import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;

import java.time.Instant;

/**
 * What a player says of a session.
 *
 * @param license what is played; only START says it
 * @param occurredAt by the device's clock, in milliseconds; null: now
 */
public record Report(SessionId session, Kind kind, LicenseId license, Instant occurredAt) {

    /** What it says. */
    public enum Kind {
        START,
        PAUSE,
        RESUME,
        KEEPALIVE,
        STOP
    }

    Instant at(Instant now) {
        return occurredAt == null ? now : occurredAt;
    }
}
