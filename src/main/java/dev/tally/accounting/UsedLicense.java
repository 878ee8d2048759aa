package dev.tally.accounting;

import dev.tally.licensing.events.LicenseEvent.LicenseIssued;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;

/**
 * One license as its usage needs it: where it counts, and when it ends as far as its events tell.
 * The end of a title's availability is no event, and is told only where it was known when the
 * license was issued or renewed.
 *
 * @param seq number of the event that issued it
 * @param rentalEndsAt end of the rental clock; null: never
 * @param playback time for which it plays after first play; null: as long as it lives
 * @param confirmBy time until which the device has to confirm; null: it need not, or has
 * @param firstPlayedAt earliest play; null: none
 * @param actedAt time at which it was released or revoked; null: neither
 * @param endsOn day on which its end is counted; null: none
 */
record UsedLicense(
        int seq,
        String studio,
        String title,
        String type,
        Instant rentalEndsAt,
        Duration playback,
        Instant confirmBy,
        Instant firstPlayedAt,
        Instant actedAt,
        LocalDate endsOn) {

    static UsedLicense issued(int seq, LicenseIssued terms) {
        return new UsedLicense(
                seq,
                terms.studio().value(),
                terms.title().value(),
                terms.type().name(),
                terms.expiresAt(),
                terms.playbackDuration(),
                terms.confirmBy(),
                null,
                null,
                null);
    }

    UsedLicense renewed(Instant until) {
        return new UsedLicense(
                seq,
                studio,
                title,
                type,
                until,
                playback,
                confirmBy,
                firstPlayedAt,
                actedAt,
                endsOn);
    }

    UsedLicense confirmed() {
        return new UsedLicense(
                seq,
                studio,
                title,
                type,
                rentalEndsAt,
                playback,
                null,
                firstPlayedAt,
                actedAt,
                endsOn);
    }

    UsedLicense played(Instant at) {
        var first = firstPlayedAt == null ? at : earliest(firstPlayedAt, at);
        return new UsedLicense(
                seq, studio, title, type, rentalEndsAt, playback, null, first, actedAt, endsOn);
    }

    UsedLicense ended(Instant at) {
        return new UsedLicense(
                seq,
                studio,
                title,
                type,
                rentalEndsAt,
                playback,
                confirmBy,
                firstPlayedAt,
                at,
                endsOn);
    }

    UsedLicense endingOn(LocalDate day) {
        return new UsedLicense(
                seq,
                studio,
                title,
                type,
                rentalEndsAt,
                playback,
                confirmBy,
                firstPlayedAt,
                actedAt,
                day);
    }

    UsageDay on(LocalDate day) {
        return new UsageDay(studio, title, type, day);
    }

    /** The end of the license as things stand; null: never. */
    Instant endsAt() {
        if (actedAt != null) return actedAt;
        var played =
                firstPlayedAt == null || playback == null ? null : firstPlayedAt.plus(playback);
        return earliest(earliest(rentalEndsAt, played), confirmBy);
    }

    private static Instant earliest(Instant one, Instant other) {
        if (one == null) return other;
        return other == null || one.isBefore(other) ? one : other;
    }
}
