package dev.tally.playback.api;

import dev.tally.http.Identifier;
import dev.tally.licensing.domain.Report.Kind;

import jakarta.validation.constraints.NotNull;

import java.time.Instant;

/** One event as a gateway passes it on, with its customer and its session. */
record BulkLine(
        @NotNull @Identifier String customerId,
        @NotNull @Identifier String sessionId,
        @NotNull Kind type,
        @Identifier String licenseId,
        Instant occurredAt) {

    ReportRequest report() {
        return new ReportRequest(type, licenseId, occurredAt);
    }
}
