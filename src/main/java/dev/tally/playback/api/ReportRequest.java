package dev.tally.playback.api;

import dev.tally.http.Identifier;
import dev.tally.http.ProblemException;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;

import jakarta.validation.constraints.NotNull;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A player's report of a session.
 *
 * @param licenseId id of the license that is played; with START only
 * @param occurredAt time by the device's clock; null: now
 */
public record ReportRequest(@NotNull Kind type, @Identifier String licenseId, Instant occurredAt) {

    /**
     * The report as the domain has it.
     *
     * @throws ProblemException if a START names no license
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
