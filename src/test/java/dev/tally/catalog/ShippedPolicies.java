package dev.tally.catalog;

import dev.tally.catalog.Policy.Setting;
import dev.tally.ids.PlanId;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Policies that set the defaults, from which tests start. */
public final class ShippedPolicies {

    /** The plan that is shipped with more devices than others. */
    public static final PlanId PREMIUM = new PlanId("premium");

    private ShippedPolicies() {}

    /** The defaults and the policy of {@link #PREMIUM}, in force since 1970. */
    public static PolicySet withPremium() {
        return new PolicySet(
                List.of(
                        new PolicyDocument(
                                Scope.GLOBAL,
                                Scope.GLOBAL_ID,
                                1,
                                PolicySettings.of(global()),
                                Instant.EPOCH),
                        new PolicyDocument(
                                Scope.PLAN,
                                PREMIUM.value(),
                                1,
                                PolicySettings.of(Map.of(PolicyKey.MAX_DOWNLOAD_DEVICES, 6)),
                                Instant.EPOCH)));
    }

    /** The policy of a plan that is shipped, with all else as the defaults say. */
    public static Policy ofPlan(PlanId plan, int maxDownloadDevices) {
        var settings =
                PolicySettings.of(Map.of(PolicyKey.MAX_DOWNLOAD_DEVICES, maxDownloadDevices));
        return new PolicySet(
                        List.of(
                                new PolicyDocument(
                                        Scope.GLOBAL,
                                        Scope.GLOBAL_ID,
                                        1,
                                        PolicySettings.of(global()),
                                        Instant.EPOCH),
                                new PolicyDocument(
                                        Scope.PLAN, plan.value(), 1, settings, Instant.EPOCH)))
                .inForce(null, plan, Instant.EPOCH);
    }

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
