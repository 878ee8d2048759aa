package dev.tally.licensing.write;

import dev.tally.catalog.Catalog;
import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.Title;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The catalogue at several times of the past: policies are read once, and each title once. */
public final class PastCatalog {

    private final Catalog catalog;
    private final PolicySet policies;
    private final Map<TitleId, Optional<Title>> titles = new HashMap<>();

    /** Titles whose availability is known, and its end where there is one. */
    private final Set<TitleId> asked = new HashSet<>();

    private final Map<TitleId, Instant> ends = new HashMap<>();

    PastCatalog(Catalog catalog, PolicySet policies) {
        this.catalog = catalog;
        this.policies = policies;
    }

    /**
     * A title as it was when it was first asked for; null for null, and for one that did not exist.
     */
    public Title title(TitleId id, Instant at) {
        if (id == null) return null;
        return titles.computeIfAbsent(id, missing -> catalog.titleAsOf(missing, at)).orElse(null);
    }

    /**
     * An account as the titles' availability let it be, as that was known when each title was first
     * asked for.
     */
    public Account seen(Account account, Instant at) {
        var titles = account.licenses().openTitles();
        var missing = new HashSet<>(titles);
        missing.removeAll(asked);
        if (!missing.isEmpty()) {
            asked.addAll(missing);
            ends.putAll(catalog.availabilityEndsAsOf(missing, at));
        }
        return account.endingWith(ends);
    }

    /**
     * The policy that was in force at a time.
     *
     * @param account account of the customer at that time
     * @param title null for no title in particular
     * @param plan null for no plan in particular
     */
    public Policy policy(Account account, Title title, PlanId plan, Instant at) {
        return policies.inForce(title, plan, CatalogLookup.own(account, at, at), at);
    }
}
