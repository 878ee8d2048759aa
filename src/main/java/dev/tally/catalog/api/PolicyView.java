package dev.tally.catalog.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.catalog.PolicyDocument;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A version of a policy as answers show it.
 *
 * @param unknownSettings settings that only a newer release can read; no decision of this node
 *     depends on them
 * @param next version that is in force from its {@code validFrom} on instead of this one; only
 *     where there is one
 */
record PolicyView(
        String scope,
        String id,
        int version,
        Instant validFrom,
        State state,
        Map<String, Object> settings,
        Map<String, Object> unknownSettings,
        @JsonInclude(Include.NON_NULL) PolicyView next) {

    /** State of a version. */
    enum State {
        IN_FORCE,
        /** It begins later. */
        TO_COME,
        /** It says that there is no such policy any more. */
        REMOVED
    }

    /** One version, whatever others there are. */
    static PolicyView of(PolicyDocument policy, Instant now) {
        return of(policy, null, now);
    }

    private static PolicyView of(PolicyDocument policy, PolicyView next, Instant now) {
        return new PolicyView(
                policy.scope().label(),
                policy.id(),
                policy.version(),
                policy.validFrom(),
                state(policy, now),
                policy.settings().knownAsJson(),
                policy.settings().unknown(),
                next);
    }

    private static State state(PolicyDocument policy, Instant now) {
        if (policy.removed()) return State.REMOVED;
        return policy.hasBegun(now) ? State.IN_FORCE : State.TO_COME;
    }

    /**
     * A policy as a set knows it: the version in force with the one that is to come, or that one
     * alone; empty if there is no such policy.
     */
    static Optional<PolicyView> find(PolicySet policies, Scope scope, String id, Instant now) {
        var inForce = policies.versionInForce(scope, id, now).filter(policy -> !policy.removed());
        var toCome =
                policies.newest(scope, id)
                        .filter(policy -> !policy.hasBegun(now))
                        .map(policy -> of(policy, now));
        return inForce.map(policy -> of(policy, toCome.orElse(null), now)).or(() -> toCome);
    }

    /** The version that {@code If-Match} names: the newest that there is. */
    int newestVersion() {
        return next == null ? version : next.version;
    }

    /** Tag of the answer: the newest version, and whether it has begun. */
    String tag() {
        var isToCome = next != null || state == State.TO_COME;
        return newestVersion() + (isToCome ? ".to-come" : "");
    }

    /** The defaults of all keys as answers show them. */
    static Map<String, Object> defaults() {
        return PolicySettings.defaultsAsJson();
    }
}
