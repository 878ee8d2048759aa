package dev.tally.licensing.write;

import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.License.Cap;

import java.time.Instant;
import java.util.List;

/**
 * Outcome of a command about one license.
 *
 * @param license the license as the command left it; null if the command was denied before there
 *     was one
 * @param quotas what is left of each limit; empty where the command uses none up
 * @param playable true if the license is active now: a command answered again long after gives no
 *     token for a license that has ended since
 * @param at time of the decision; a command that is answered again keeps its first time
 * @param version version of the customer now, which {@code If-Match} is compared with
 */
public record LicenseOutcome(
        Decision decision,
        License license,
        List<Evaluation> quotas,
        boolean playable,
        Instant at,
        String version) {

    static LicenseOutcome of(
            Outcome outcome, License license, List<Evaluation> quotas, Instant now) {
        var playable =
                outcome.current()
                        .licenses()
                        .find(license.id(), now)
                        .filter(current -> current.isActiveAt(now))
                        .isPresent();
        return new LicenseOutcome(
                outcome.decision(), license, quotas, playable, outcome.at(), outcome.version());
    }

    /**
     * Cause that kept a renewal from moving the license's expiry; null if the command is no
     * renewal, or moved it.
     */
    public Cap cap() {
        return decision instanceof Unchanged unchanged ? unchanged.cap() : null;
    }
}
