package dev.tally.catalog;

import java.time.Instant;

/**
 * One version of one policy, as it was written: only the keys that it sets.
 *
 * @param validFrom time from which it is in force, until a later version of the policy is
 */
public record PolicyDocument(
        Scope scope, String id, int version, PolicySettings settings, Instant validFrom) {

    boolean hasBegun(Instant at) {
        return !validFrom.isAfter(at);
    }
}
