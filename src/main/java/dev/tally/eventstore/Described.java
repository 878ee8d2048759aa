package dev.tally.eventstore;

import java.time.Instant;
import java.util.Map;

/**
 * An event as people see it, also one that this version cannot read.
 *
 * @param aggregateType name of the aggregate's type; {@code type 17} where this version has no name
 * @param name of the event and the version it was written in: {@code LicenseIssued/1}; {@code
 *     mapper 99} where this version does not know the mapper
 * @param payload the fields as JSON has them, in order, null where null was stored; null: this
 *     version cannot read the event
 * @param commandId of the command that caused it
 * @param caller who sent that command; null: not known
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
        String caller) {}
