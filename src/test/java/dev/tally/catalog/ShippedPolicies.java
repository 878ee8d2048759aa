package dev.tally.catalog;

import dev.tally.catalog.Policy.Setting;

import java.util.EnumMap;
import java.util.Map;

/** The defaults, set by policies, for tests to start from. */
public final class ShippedPolicies {

    private ShippedPolicies() {}

    /** Every key with its default; the caller may change it. */
    public static Map<PolicyKey, Object> global() {
        var settings = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        for (var key : PolicyKey.values()) settings.put(key, key.defaultValue());
        return settings;
    }

    /** A policy all of whose settings come from one scope. */
    public static Policy policy(int version, Scope scope, Map<PolicyKey, Object> settings) {
        var all = new EnumMap<PolicyKey, Setting>(PolicyKey.class);
        settings.forEach((key, value) -> all.put(key, new Setting(value, scope)));
        return new Policy(version, all);
    }
}
