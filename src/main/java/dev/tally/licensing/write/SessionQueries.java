package dev.tally.licensing.write;

import dev.tally.eventstore.EventStore;
import dev.tally.ids.CustomerId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.domain.Session;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** Answers queries about sessions. Nothing here writes. */
@ApplicationScoped
public class SessionQueries {

    @Inject EventStore store;
    @Inject LicensingQueries accounts;

    /** A session that the account still knows. */
    public Optional<Session> find(CustomerId customer, SessionId session, Instant clock) {
        var found = accounts.account(customer, clock);
        return found.account().sessions().find(session, found.at());
    }

    /** Revision of each customer's history, in one query for all. */
    public Map<String, Long> revisions(Collection<String> customerIds) {
        return store.revisions(customerIds);
    }
}
