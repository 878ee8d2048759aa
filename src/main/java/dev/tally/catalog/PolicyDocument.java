package dev.tally.catalog;

import java.time.Instant;

/**
 * One version of one policy, as it was written: only the keys it sets.
 *
 * @param validFrom it is in force from then on, until a later version of the same policy is
 */
public record PolicyDocument(
        Scope scope, String id, int version, PolicySettings settings, Instant validFrom) {

    boolean hasBegun(Instant at) {
        return !validFrom.isAfter(at);
    }
}
