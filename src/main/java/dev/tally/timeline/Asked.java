package dev.tally.timeline;

import dev.tally.eventstore.Described;
import dev.tally.eventstore.Tier;

import java.time.Instant;
import java.util.Locale;
import java.util.Set;

/**
 * Question for a part of a customer's timeline. A command is shown whole if one of its events fits.
 *
 * @param from earliest time of an event; null: from the beginning
 * @param to time before which all events lie; null: to the end
 * @param aggregateType name of the aggregates' type; null: all
 * @param aggregateId id of an aggregate; null: all
 * @param types names of events, {@code LicenseIssued}; empty: all
 * @param occurred times by the device's clock; an event without one does not fit, unless all do
 * @param text text that an event has in its ids, its command, its caller or its fields, in whatever
 *     case; null: any
 */
public record Asked(
        Tier tier,
        Instant from,
        Instant to,
        String aggregateType,
        String aggregateId,
        Set<String> types,
        Occurred occurred,
        String text) {

    /**
     * A time by the device's clock.
     *
     * @param from earliest time; null: any
     * @param to time before which it lies; null: any
     */
    public record Occurred(Instant from, Instant to) {

        private boolean fits(Described event) {
            if (from == null && to == null) return true;
            return Step.occurredAt(event)
                    .filter(at -> from == null || !at.isBefore(from))
                    .filter(at -> to == null || at.isBefore(to))
                    .isPresent();
        }
    }

    boolean fits(Described event) {
        return (aggregateType == null || aggregateType.equals(event.aggregateType()))
                && (aggregateId == null || aggregateId.equals(event.aggregateId()))
                && (types.isEmpty() || types.contains(event.name().split("/", 2)[0]))
                && occurred.fits(event)
                && (text == null || hasText(event));
    }

    private boolean hasText(Described event) {
        var all =
                String.join(
                        " ",
                        event.aggregateId(),
                        String.valueOf(event.commandId()),
                        String.valueOf(event.caller()),
                        event.name(),
                        String.valueOf(event.payload()));
        return all.toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT));
    }
}
