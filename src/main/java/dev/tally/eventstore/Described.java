package dev.tally.eventstore;

import java.util.Map;

/**
 * An event that can be shown without knowing its type.
 *
 * @param name of the event and the version it was written in: {@code LicenseIssued/1}
 * @param payload the fields as JSON has them, in order; null where null was stored
 */
public record Described(Recorded event, String name, Map<String, Object> payload) {}
