package dev.tally.licensing.provisional;

import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.write.LicenseOutcome;

import java.time.Duration;
import java.time.Instant;

/**
 * Answer to a command about one license, by the store or without it.
 *
 * @param promisedFor time for which a node promises without the store; null: the store has decided
 * @param promise the promise, which the token carries, so that any node can take it into the store;
 *     null: nothing new was promised
 */
public record LicenseAnswer(LicenseOutcome outcome, Duration promisedFor, Promise promise) {

    /** The answer by the store. */
    public static LicenseAnswer of(LicenseOutcome outcome) {
        return new LicenseAnswer(outcome, null, null);
    }

    static LicenseAnswer denied(Decision decision, Duration promisedFor, Instant at) {
        return new LicenseAnswer(
                LicenseOutcome.withoutStore(decision, null, at), promisedFor, null);
    }

    static LicenseAnswer promised(
            Decision decision, License license, Duration duration, Promise promise, Instant at) {
        var outcome = LicenseOutcome.withoutStore(decision, license, at);
        return new LicenseAnswer(outcome, duration, promise);
    }

    public boolean isProvisional() {
        return promisedFor != null;
    }
}
