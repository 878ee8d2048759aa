package dev.tally.licensing.events;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.ids.TitleId;

import java.time.Duration;
import java.time.Instant;

/**
 * What has happened in one playback session. Stored for ever: to change one, add a version and an
 * upcaster.
 *
 * <p>Devices report when they can, and in any order: when it happened by the device's clock and
 * when it was recorded by the server's are both kept. Instants have milliseconds.
 */
public sealed interface SessionEvent {

    SessionId session();

    /** By the device's clock; where it did not say, when it was recorded. */
    Instant occurredAt();

    Instant recordedAt();

    /**
     * The player began to play.
     *
     * @param aliveFor without a sign of life for so long, it is over; null: it never is
     * @param broke the rules that forbade it, as far as was known when it was recorded, by their
     *     labels with commas between; null: none did. A play that was reported late is recorded all
     *     the same.
     */
    record SessionStarted(
            SessionId session,
            LicenseId license,
            TitleId title,
            DeviceId device,
            LicenseType type,
            Instant occurredAt,
            Instant recordedAt,
            Duration aliveFor,
            String broke,
            int policyVersion)
            implements SessionEvent {}

    record SessionPaused(SessionId session, Instant occurredAt, Instant recordedAt)
            implements SessionEvent {}

    record SessionResumed(SessionId session, Instant occurredAt, Instant recordedAt)
            implements SessionEvent {}

    /** The player is still there. Not each of its keepalives is recorded. */
    record SessionKeptAlive(SessionId session, Instant occurredAt, Instant recordedAt)
            implements SessionEvent {}

    record SessionStopped(
            SessionId session, Instant occurredAt, Instant recordedAt, StopCause cause)
            implements SessionEvent {}

    /** Why a session ended. */
    enum StopCause {
        /** The player said so. */
        PLAYER,
        LICENSE_RELEASED,
        LICENSE_REVOKED,
        DEVICE_DEACTIVATED,
        /** Another session began on the same streaming license. */
        DISPLACED
    }
}
