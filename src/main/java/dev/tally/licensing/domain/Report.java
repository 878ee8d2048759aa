package dev.tally.licensing.domain;

import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;

import java.time.Instant;

/**
 * A player's report of a session.
 *
 * @param license license that is played; only a START names it
 * @param occurredAt time by the device's clock, in milliseconds; null: now
 */
public record Report(SessionId session, Kind kind, LicenseId license, Instant occurredAt) {

    /** Kind of a report. */
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
