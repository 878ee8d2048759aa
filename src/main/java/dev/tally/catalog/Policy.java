package dev.tally.catalog;

import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.catalog.PolicyKey.YearWindow;

import java.time.Duration;
import java.util.Map;

/**
 * The limits in force for one decision: each key with its value and the scope that set it.
 *
 * @param version the newest version among the policies that it was put together from. Versions
 *     count all policies together, so this one number tells them all: of each policy, the newest up
 *     to it.
 */
public record Policy(int version, Map<PolicyKey, Setting> settings) {

    /** A key's value, null for "no limit", and the scope whose policy set it. */
    public record Setting(Object value, Scope scope) {}

    public Policy {
        settings = Map.copyOf(settings);
    }

    /** A count; null: no limit. */
    public Integer limit(PolicyKey key) {
        return (Integer) value(key);
    }

    /** A duration; null: no limit. */
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
}
