package dev.tally.eventstore;

import java.time.Instant;
import java.util.Map;

/**
 * An event as people see it, even one that this version cannot read.
 *
 * @param aggregateType name of the aggregate's type; {@code type 17} where this version has no name
 * @param name name of the event and the version it was written in, {@code LicenseIssued/1}; {@code
 *     mapper 99} where this version does not know the mapper
 * @param payload the event's fields in order, as JSON values, null where null was stored; null as a
 *     whole if this version cannot read the event
 * @param commandId id of the command that caused the event
 * @param caller sender of that command; null if not known
 * @param tier tier that the event lies in, {@link Tier#HOT} or {@link Tier#ARCHIVE}
 * @param recorded the event as a fold takes it; null if this version cannot read it
 */
public record Described(
        int seq,
        int generation,
        Instant at,
        String aggregateType,
        String aggregateId,
        String name,
        Map<String, Object> payload,
        String commandId,
        String caller,
        Tier tier,
        Recorded recorded) {}
