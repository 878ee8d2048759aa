package dev.tally.catalog;

import java.time.Instant;
import java.util.Map;

/**
 * One version of one policy, as it was written: only the keys that it sets.
 *
 * @param validFrom time from which it is in force, until a later version of the policy is
 * @param removed true if the version says that there is no such policy any more; it sets nothing
 */
public record PolicyDocument(
        Scope scope,
        String id,
        int version,
        PolicySettings settings,
        Instant validFrom,
        boolean removed) {

    public PolicyDocument(
            Scope scope, String id, int version, PolicySettings settings, Instant validFrom) {
        this(scope, id, version, settings, validFrom, false);
    }

    static PolicyDocument removal(Scope scope, String id, int version, Instant validFrom) {
        return new PolicyDocument(scope, id, version, PolicySettings.of(Map.of()), validFrom, true);
    }

    public boolean hasBegun(Instant at) {
        return !validFrom.isAfter(at);
    }
}
