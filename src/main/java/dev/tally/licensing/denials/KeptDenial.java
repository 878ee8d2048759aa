package dev.tally.licensing.denials;

import java.time.Instant;
import java.util.List;

/**
 * Denials of one hour, as the database has them. Kind and rules are texts, since a newer release
 * may have stored them.
 *
 * @param count number of denials
 * @param findings what the rules found the last time
 */
public record KeptDenial(
        Place place,
        Instant firstAt,
        Instant lastAt,
        int count,
        String kind,
        About about,
        List<Finding> findings) {

    /** Position in the order of a customer's denials. */
    public record Place(Instant hour, String id) {}

    /**
     * What was asked for, and what the last denial was decided under.
     *
     * @param titleId null: the request is about no title
     * @param studioId null: the request is about no title
     * @param plan null: none is known
     * @param policyVersion null: no policy has a say in it
     */
    public record About(
            String deviceId, String titleId, String studioId, String plan, Integer policyVersion) {}
}
