package dev.tally.timeline.simulation;

import java.time.Instant;
import java.util.List;

/**
 * A request that would have another outcome.
 *
 * @param place number of the command's first event, or id of the denial
 * @param at time at which it was decided
 */
public record Example(String customerId, String place, Instant at, Told example) {

    /**
     * The request, and what would become of it.
     *
     * @param outcome NEWLY_DENIED or NEWLY_ALLOWED
     * @param kind ACQUIRE, RENEW, DEACTIVATE or START
     * @param titleId null: it is about no title
     * @param rules rules that would deny it, or did
     */
    public record Told(
            String outcome, String kind, String deviceId, String titleId, List<String> rules) {

        public Told {
            rules = List.copyOf(rules);
        }
    }
}
