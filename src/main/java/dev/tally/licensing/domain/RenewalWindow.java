package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.Title;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Time in which a player should renew a license: its last quarter, or the part of it in which the
 * rules allow a renewal. A player that waits for the expiry has nothing to renew any more.
 *
 * @param from time from which it should; it may have passed
 * @param by expiry of the license
 */
public record RenewalWindow(Instant from, Instant by) {

    /** The part of a license's life, since it was issued or last renewed, that the window takes. */
    static final int PART = 4;

    /**
     * The window of a license as things stand. The license counts as confirmed, because a player
     * that has stored it says so.
     *
     * @param title title of the license
     * @param policy policy in force for it
     * @return empty if no renewal would move the expiry before the license ends
     */
    public static Optional<RenewalWindow> of(
            Account account, License license, Title title, Policy policy, Instant now) {
        var stored = license.confirm();
        var by = stored.expiresAt();
        if (by == null || !license.isActiveAt(now)) return Optional.empty();
        var life = Duration.between(stored.clockStartedAt(), by);
        var from = by.minus(life.dividedBy(PART)).truncatedTo(ChronoUnit.MILLIS);
        var request = new Request(account, policy, now, title, stored.device(), stored);
        // Each turn waits for one rule more, so there are no more turns than rules.
        for (int turn = 0; turn <= Rule.RENEW_COUNTED.size(); turn++) {
            var tried = Times.latest(from, now);
            if (!tried.isBefore(by)) return Optional.empty();
            var forbidding = Rule.forbidding(Licensing.renewalRules(policy), request.at(tried));
            if (forbidding.isEmpty()) {
                var until = Licensing.renewedUntil(stored, title, policy, tried);
                return stored.capOf(until, title.availabilityEnd()) == null
                        ? Optional.of(new RenewalWindow(from, by))
                        : Optional.empty();
            }
            var allowedAt = Evaluation.allAllowedAt(forbidding);
            if (allowedAt == null) return Optional.empty();
            from = allowedAt;
        }
        return Optional.empty();
    }

    /** The begin of a window; null for null. */
    public static Instant beginOf(RenewalWindow window) {
        return window == null ? null : window.from;
    }

    /** The end of a window; null for null. */
    public static Instant endOf(RenewalWindow window) {
        return window == null ? null : window.by;
    }
}
