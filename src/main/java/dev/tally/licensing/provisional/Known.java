package dev.tally.licensing.provisional;

import dev.tally.catalog.KnownCatalog;
import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Title;
import dev.tally.eventstore.PastCommand;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.write.Asked;
import dev.tally.licensing.write.CatalogLookup;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a node knows without the store.
 *
 * @param catalog the node's copy of the catalogue
 * @param account the account as memory has it, perhaps outdated, with what was promised since;
 *     empty but for the promises if memory has nothing
 * @param commands commands that memory has
 * @param promises promises to the customer that wait, oldest first
 */
record Known(
        KnownCatalog catalog,
        Account account,
        List<PastCommand> commands,
        List<Promise> promises,
        Instant now) {

    /** The title, or a rejection: a title that a complete copy lacks does not exist. */
    Title title(TitleId id) {
        return CatalogLookup.existing(id, catalog.title(id));
    }

    /** The plan, or a rejection: a plan that the copy lacks does not exist. */
    PlanId requirePlan(PlanId plan) {
        CatalogLookup.requirePlan(catalog.policies(), plan, now);
        return plan;
    }

    Policy policy(Title title, PlanId plan) {
        var own = CatalogLookup.own(account, now, now);
        return catalog.policies().inForce(title, plan, own, now);
    }

    /** Life of a promise under a policy; empty: the policy allows none. */
    static Optional<Duration> duration(Policy policy) {
        return Optional.ofNullable(policy.duration(PolicyKey.PROVISIONAL_DURATION));
    }

    Optional<License> license(LicenseId id) {
        return account.licenses().find(id, now);
    }

    Optional<Promise> answering(String key) {
        return promises.stream().filter(promise -> promise.answers(key)).findFirst();
    }

    /** True if the history has the command, as far as memory goes. */
    boolean hasStored(Asked asked) {
        return commands.stream().anyMatch(command -> command.id().equals(asked.id()));
    }

    Optional<PastCommand> command(String key) {
        return commands.stream().filter(command -> command.id().key().equals(key)).findFirst();
    }
}
