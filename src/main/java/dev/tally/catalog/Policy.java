package dev.tally.catalog;

import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.catalog.PolicyKey.YearWindow;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * The limits in force for one decision: each key with its value and the scope that set it.
 *
 * @param version newest version among the catalogue's policies that this one was put together from,
 *     removals included; 0 if there were none. Versions count all policies together, so this number
 *     and the time of the decision name them all: of each policy, the newest version up to it that
 *     had begun.
 * @param settings value and scope of every key; keys that no policy sets have their defaults
 */
public record Policy(int version, Map<PolicyKey, Setting> settings) {

    private static final Map<PolicyKey, Setting> DEFAULTS = defaults();

    /**
     * A key's value and its origin.
     *
     * @param value null: no limit
     * @param scope scope of the policy that set the value; {@link Scope#GLOBAL} for a default,
     *     since a global policy would replace it
     */
    public record Setting(Object value, Scope scope) {}

    public Policy {
        var all = new EnumMap<>(DEFAULTS);
        all.putAll(settings);
        settings = Collections.unmodifiableMap(all);
    }

    /** The count that a key sets; null: no limit. */
    public Integer limit(PolicyKey key) {
        return (Integer) value(key);
    }

    /** The duration that a key sets; null: no limit. */
    public Duration duration(PolicyKey key) {
        return (Duration) value(key);
    }

    public boolean countRenewals() {
        return (Boolean) value(PolicyKey.COUNT_RENEWALS);
    }

    public YearWindow yearWindow() {
        return (YearWindow) value(PolicyKey.YEAR_WINDOW);
    }

    public RenewalBasis renewalBasis() {
        return (RenewalBasis) value(PolicyKey.RENEWAL_BASIS);
    }

    /** The scope that the key's value comes from. */
    public Scope scope(PolicyKey key) {
        return settings.get(key).scope();
    }

    private Object value(PolicyKey key) {
        return settings.get(key).value();
    }

    private static Map<PolicyKey, Setting> defaults() {
        var defaults = new EnumMap<PolicyKey, Setting>(PolicyKey.class);
        for (var key : PolicyKey.values()) {
            defaults.put(key, new Setting(key.defaultValue(), Scope.GLOBAL));
        }
        return defaults;
    }
}
