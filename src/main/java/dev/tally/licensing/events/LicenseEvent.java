package dev.tally.licensing.events;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import java.time.Duration;
import java.time.Instant;

/**
 * What has happened to one license. Stored for ever: to change one, add a version and an upcaster.
 *
 * <p>Terms are kept as they were granted, so that a limit lowered later takes nothing away. An
 * instant or a duration that may be null means "no limit" there. Instants have milliseconds.
 */
public sealed interface LicenseEvent extends LicensingEvent {

    LicenseId license();

    /**
     * A license was granted.
     *
     * @param expiresAt end of the rental clock or of the title's availability, the earlier; null:
     *     never
     * @param playbackDuration how long it plays after first play; null: as long as it lives
     * @param confirmBy until when the device has to confirm, or the license lapses; null: it need
     *     not
     */
    record LicenseIssued(
            LicenseId license,
            TitleId title,
            StudioId studio,
            DeviceId device,
            LicenseType type,
            PlanId plan,
            Instant issuedAt,
            Instant expiresAt,
            Duration playbackDuration,
            Instant confirmBy,
            int policyVersion)
            implements LicenseEvent {}

    /**
     * The device said that it stored the license.
     *
     * @param occurredAt by the device's clock; null: it did not say
     */
    record LicenseConfirmed(LicenseId license, Instant confirmedAt, Instant occurredAt)
            implements LicenseEvent {}

    /**
     * First play: the playback clock starts, and the license is confirmed by it.
     *
     * @param firstPlayedAt by the device's clock
     * @param recordedAt by the server's
     */
    record LicenseFirstPlayed(LicenseId license, Instant firstPlayedAt, Instant recordedAt)
            implements LicenseEvent {}

    /** The rental clock was set anew. */
    record LicenseRenewed(
            LicenseId license, Instant renewedAt, Instant expiresAt, int policyVersion)
            implements LicenseEvent {}

    /**
     * The member gave the license back, or deactivated the device it was on.
     *
     * @param occurredAt by the device's clock; null: it did not say
     */
    record LicenseReleased(
            LicenseId license, Instant releasedAt, ReleaseCause cause, Instant occurredAt)
            implements LicenseEvent {}

    /**
     * The operator took the license away.
     *
     * @param reason in the operator's words; null: none given
     */
    record LicenseRevoked(LicenseId license, Instant revokedAt, String reason)
            implements LicenseEvent {}

    /** Why a license was released. */
    enum ReleaseCause {
        MEMBER,
        DEVICE_DEACTIVATED,
        /** Its stream was stopped. */
        STREAM_STOPPED
    }
}
