package dev.tally.catalog;

import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One policy as it was written: only the keys it sets.
 *
 * @param settings a value of null means "no limit", which is not the same as an absent key
 * @param validFrom when it was written
 */
public record PolicyDocument(
        Scope scope, String id, int version, Map<PolicyKey, Object> settings, Instant validFrom) {

    public PolicyDocument {
        // Not by EnumMap's copy constructor: it refuses an empty map, and a policy may set nothing.
        var copy = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        copy.putAll(settings);
        settings = Collections.unmodifiableMap(copy);
    }

    /** The settings as JSON has them. */
    public Map<String, Object> settingsAsJson() {
        var json = new LinkedHashMap<String, Object>();
        settings.forEach((key, value) -> json.put(key.label(), PolicyKey.toJson(value)));
        return json;
    }
}
