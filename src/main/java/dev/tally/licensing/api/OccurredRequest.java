package dev.tally.licensing.api;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What a device says of something that happened on it.
 *
 * @param occurredAt by the device's clock; null: it does not say
 */
public record OccurredRequest(Instant occurredAt) {

    /** In milliseconds, as events keep it; null without a request or a time in it. */
    static Instant timeOf(OccurredRequest request) {
        return request == null || request.occurredAt == null
                ? null
                : request.occurredAt.truncatedTo(ChronoUnit.MILLIS);
    }
}
