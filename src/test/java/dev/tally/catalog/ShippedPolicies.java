package dev.tally.catalog;

import dev.tally.catalog.Policy.Setting;
import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.catalog.PolicyKey.YearWindow;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** The defaults as domain.md lists them, for tests to start from. */
public final class ShippedPolicies {

    private ShippedPolicies() {}

    public static Map<PolicyKey, Object> global() {
        var settings = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        settings.put(PolicyKey.MAX_DOWNLOAD_DEVICES, 4);
        settings.put(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_DEVICE, 100);
        settings.put(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, null);
        settings.put(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_STUDIO, null);
        settings.put(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 5);
        settings.put(PolicyKey.YEAR_WINDOW, YearWindow.ROLLING);
        settings.put(PolicyKey.COUNT_RENEWALS, false);
        settings.put(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, null);
        settings.put(PolicyKey.MAX_RENEWALS, null);
        settings.put(PolicyKey.RENTAL_DURATION, Duration.ofDays(30));
        settings.put(PolicyKey.PLAYBACK_DURATION, Duration.ofDays(2));
        settings.put(PolicyKey.RENEW_AFTER, Duration.ZERO);
        settings.put(PolicyKey.RENEWAL_BASIS, RenewalBasis.FROM_NOW);
        settings.put(PolicyKey.MAX_DEACTIVATIONS_PER_YEAR, 4);
        settings.put(PolicyKey.MAX_CONCURRENT_STREAMS, 4);
        settings.put(PolicyKey.KEEPALIVE_INTERVAL, Duration.ofMinutes(1));
        settings.put(PolicyKey.KEEPALIVE_GRACE, Duration.ofMinutes(1));
        settings.put(PolicyKey.CLOCK_SKEW_TOLERANCE, Duration.ofMinutes(5));
        settings.put(PolicyKey.PROVISIONAL_DURATION, Duration.ofDays(1));
        settings.put(PolicyKey.UNCONFIRMED_HOLD, null);
        return settings;
    }

    /** A policy all of whose settings come from one scope. */
    public static Policy policy(int version, Scope scope, Map<PolicyKey, Object> settings) {
        var all = new EnumMap<PolicyKey, Setting>(PolicyKey.class);
        settings.forEach((key, value) -> all.put(key, new Setting(value, scope)));
        return new Policy(version, all);
    }
}
