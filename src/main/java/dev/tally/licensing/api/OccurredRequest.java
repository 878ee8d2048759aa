package dev.tally.licensing.api;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Report of something that happened on a device.
 *
 * @param occurredAt time by the device's clock; null: it does not say
 */
public record OccurredRequest(Instant occurredAt) {

    /**
     * The time in a request, in milliseconds as events keep it; null without a request or a time in
     * it.
     */
    static Instant timeOf(OccurredRequest request) {
        return request == null || request.occurredAt == null
                ? null
                : request.occurredAt.truncatedTo(ChronoUnit.MILLIS);
    }
}
