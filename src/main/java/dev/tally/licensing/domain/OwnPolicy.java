package dev.tally.licensing.domain;

import dev.tally.licensing.events.PolicyEvent;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicyRemoved;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicySet;

import org.pcollections.PVector;
import org.pcollections.TreePVector;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The customer's own policy: its versions, oldest first. What it sets is kept as it was written,
 * since the catalogue reads policies.
 */
public record OwnPolicy(PVector<Version> versions) {

    public static final OwnPolicy NONE = new OwnPolicy(TreePVector.empty());

    /**
     * One version.
     *
     * @param setBy id of the event that set it, by which the version is named
     * @param settings what it sets, as JSON; null: it says that there is no such policy any more
     */
    public record Version(String setBy, String settings, Instant validFrom) {

        public boolean isRemoval() {
            return settings == null;
        }
    }

    static OwnPolicy evolve(OwnPolicy policy, String eventId, PolicyEvent event) {
        return policy.with(
                switch (event) {
                    case CustomerPolicySet e -> new Version(eventId, e.settings(), e.validFrom());
                    case CustomerPolicyRemoved e -> new Version(eventId, null, e.removedAt());
                });
    }

    /** The newest version, begun or not, perhaps one that says that the policy is removed. */
    public Optional<Version> newest() {
        return versions.isEmpty()
                ? Optional.empty()
                : Optional.of(versions.get(versions.size() - 1));
    }

    /**
     * The version in force at a time, perhaps a removal.
     *
     * @param now time whose account is asked: it no longer knows what was in force long before
     */
    public Optional<Version> inForce(Instant at, Instant now) {
        var earliest = now.minus(Reconciling.REACH_BACK);
        return begunBy(at.isBefore(earliest) ? earliest : at);
    }

    private Optional<Version> begunBy(Instant at) {
        for (int i = versions.size() - 1; i >= 0; i--) {
            if (hasBegun(versions.get(i), at)) return Optional.of(versions.get(i));
        }
        return Optional.empty();
    }

    /**
     * The policy without the versions that another had followed by the earliest time that is asked
     * for: what was granted while the store was away is decided by the policy of its own time.
     */
    OwnPolicy compact(Instant now) {
        var earliest = now.minus(Reconciling.REACH_BACK);
        List<Version> kept = versions;
        for (int i = versions.size() - 1; i >= 0; i--) {
            if (!hasBegun(versions.get(i), earliest)) continue;
            // A removal that nothing follows is the same as no policy.
            kept = versions.subList(versions.get(i).isRemoval() ? i + 1 : i, versions.size());
            break;
        }
        return new OwnPolicy(TreePVector.from(kept));
    }

    boolean isLive() {
        return !versions.isEmpty();
    }

    private OwnPolicy with(Version version) {
        return new OwnPolicy(versions.plus(version));
    }

    private static boolean hasBegun(Version version, Instant at) {
        return !version.validFrom().isAfter(at);
    }
}
