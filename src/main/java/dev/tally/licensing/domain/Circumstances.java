package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.Title;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.TitleId;

import java.time.Instant;
import java.util.Optional;

/** Facts beside the account that supposed commands are decided from. */
public interface Circumstances {

    /** The title with an id; an unknown one cannot be decided about. */
    Title title(TitleId id);

    /** The policy in force for a plan that a command names; an unknown one cannot be decided. */
    Policy policy(Title title, PlanId plan, Instant at);

    /**
     * The policy in force for what was granted, whether or not there still is its plan.
     *
     * @param title null for no title in particular
     * @param plan null for no plan in particular
     */
    Policy policyInForce(Title title, PlanId plan, Instant at);

    /** A license that ended so long ago that the account has dropped it. */
    Optional<License> license(LicenseId id);

    /** A session that the account has dropped. */
    Optional<Session> session(SessionId id);

    /** An account as the titles' availability lets it be. */
    Account seen(Account account);
}
