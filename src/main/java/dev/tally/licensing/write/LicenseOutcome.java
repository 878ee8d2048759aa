package dev.tally.licensing.write;

import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.License.Cap;
import dev.tally.licensing.domain.RenewalWindow;

import java.time.Instant;
import java.util.List;

/**
 * Outcome of a command about one license.
 *
 * @param license the license as the command left it; null if there is none: the command was denied
 *     before there was one, or the renewal of an unknown license was reconciled
 * @param quotas what is left of each limit; empty where the command uses none up
 * @param renewal when the license should be renewed; null: there is nothing to renew, or the store
 *     was not asked
 * @param playable true if the license is active now: a command answered again long after gives no
 *     token for a license that has ended since
 * @param at time of the decision; a command that is answered again keeps its first time
 * @param version version of the customer now, which {@code If-Match} is compared with; null: only
 *     the store knows
 */
public record LicenseOutcome(
        Decision decision,
        License license,
        List<Evaluation> quotas,
        RenewalWindow renewal,
        boolean playable,
        Instant at,
        String version) {

    /** The outcome of a command that no license came of. */
    static LicenseOutcome without(Outcome outcome) {
        return new LicenseOutcome(
                outcome.decision(), null, List.of(), null, false, outcome.at(), outcome.version());
    }

    static LicenseOutcome of(
            Outcome outcome,
            License license,
            List<Evaluation> quotas,
            RenewalWindow renewal,
            Instant now) {
        var playable =
                outcome.current()
                        .licenses()
                        .find(license.id(), now)
                        .filter(current -> current.isActiveAt(now))
                        .isPresent();
        return new LicenseOutcome(
                outcome.decision(),
                license,
                quotas,
                renewal,
                playable,
                outcome.at(),
                outcome.version());
    }

    /**
     * Outcome of a command that was decided without the store, so without budgets.
     *
     * @param license the license as it was promised; null: the command was denied
     */
    public static LicenseOutcome withoutStore(Decision decision, License license, Instant at) {
        var playable = license != null && license.isActiveAt(at);
        return new LicenseOutcome(decision, license, List.of(), null, playable, at, null);
    }

    /**
     * Cause that kept a renewal from moving the license's expiry; null if the command is no
     * renewal, or moved it.
     */
    public Cap cap() {
        return decision instanceof Unchanged unchanged ? unchanged.cap() : null;
    }
}
