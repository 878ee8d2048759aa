package dev.tally.catalog;

import dev.tally.http.Json;

import tools.jackson.core.type.TypeReference;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The settings of one policy, as this node reads them.
 *
 * @param known value of each key; null means "no limit", which is not the same as an absent key
 * @param unknown JSON that only a newer release can read: a key that this release does not have, or
 *     a value that does not fit its key here. No decision depends on it, and nothing may drop it.
 */
public record PolicySettings(Map<PolicyKey, Object> known, Map<String, Object> unknown) {

    public PolicySettings {
        // EnumMap's copy constructor refuses an empty map, and a policy may set nothing.
        var copy = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        copy.putAll(known);
        known = Collections.unmodifiableMap(copy);
        unknown = Collections.unmodifiableMap(new LinkedHashMap<>(unknown));
    }

    /** Settings that this release makes, and so knows all of. */
    public static PolicySettings of(Map<PolicyKey, Object> known) {
        return new PolicySettings(known, Map.of());
    }

    /** Settings as they are stored, perhaps by a newer release. */
    static PolicySettings read(Map<String, Object> json) {
        var known = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        var unknown = new LinkedHashMap<String, Object>();
        json.forEach(
                (label, value) -> {
                    try {
                        var key = PolicyKey.of(label);
                        if (key.isPresent()) {
                            known.put(key.get(), key.get().parse(value));
                        } else {
                            unknown.put(label, value);
                        }
                    } catch (IllegalArgumentException e) {
                        // A newer release may have widened what the key takes.
                        unknown.put(label, value);
                    }
                });
        return new PolicySettings(known, unknown);
    }

    /**
     * Settings that a caller asks for.
     *
     * @throws IllegalArgumentException with a sentence for the caller if there is no such key, or a
     *     value does not fit its key
     */
    public static PolicySettings asked(Map<String, Object> json) {
        var settings = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        json.forEach((label, value) -> settings.put(asked(label), asked(label).parse(value)));
        return of(settings);
    }

    private static PolicyKey asked(String label) {
        return PolicyKey.of(label)
                .orElseThrow(() -> new IllegalArgumentException("There is no policy key " + label));
    }

    /**
     * Settings as they are stored, perhaps by a newer release.
     *
     * @param text JSON; null: nothing is set
     */
    public static PolicySettings ofText(String text) {
        return text == null
                ? of(Map.of())
                : read(Json.MAPPER.readValue(text, new TypeReference<Map<String, Object>>() {}));
    }

    /** The known settings as the text that is stored. */
    public String text() {
        return Json.MAPPER.writeValueAsString(knownAsJson());
    }

    /** The known settings as JSON. */
    public Map<String, Object> knownAsJson() {
        return asJson(known);
    }

    /** The defaults of all keys as JSON. */
    public static Map<String, Object> defaultsAsJson() {
        var defaults = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        for (var key : PolicyKey.values()) defaults.put(key, key.defaultValue());
        return asJson(defaults);
    }

    private static Map<String, Object> asJson(Map<PolicyKey, Object> settings) {
        var json = new LinkedHashMap<String, Object>();
        settings.forEach((key, value) -> json.put(key.label(), PolicyKey.toJson(value)));
        return json;
    }
}
