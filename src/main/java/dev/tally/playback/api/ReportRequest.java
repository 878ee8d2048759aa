package dev.tally.playback.api;

import dev.tally.licensing.events.LicenseId;
import dev.tally.platform.Identifier;
import dev.tally.platform.ProblemException;
import dev.tally.playback.domain.Report;
import dev.tally.playback.domain.Report.Kind;
import dev.tally.playback.events.SessionId;

import jakarta.validation.constraints.NotNull;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What a player says of a session.
 *
 * @param licenseId what is played; with START only
 * @param occurredAt by the device's clock; null: now
 */
public record ReportRequest(@NotNull Kind type, @Identifier String licenseId, Instant occurredAt) {

    /**
     * The same as the domain has it.
     *
     * @throws ProblemException if START does not say what is played
     */
    Report of(SessionId session) {
        if (type == Kind.START && licenseId == null) {
            throw ProblemException.invalid("licenseId", "must say what is played, with START");
        }
        return new Report(
                session,
                type,
                type == Kind.START ? new LicenseId(licenseId) : null,
                occurredAt == null ? null : occurredAt.truncatedTo(ChronoUnit.MILLIS));
    }
}
