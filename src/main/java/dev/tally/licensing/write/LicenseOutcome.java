package dev.tally.licensing.write;

import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.License.Cap;

import java.time.Instant;
import java.util.List;

/**
 * What became of a command about one license.
 *
 * @param license as the command left it; null: it was denied before there was one
 * @param quotas what is left of each limit; empty where the command uses none up
 * @param playable whether the license is active now: a command answered again long after gives no
 *     token for a license that has ended since
 * @param at when it was decided; a command that is answered again keeps its first time
 * @param version of the customer now: what {@code If-Match} compares
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
     * What kept a renewal from moving the license's expiry; null: it is no renewal, or moved it.
     */
    public Cap cap() {
        return decision instanceof Unchanged unchanged ? unchanged.cap() : null;
    }
}
