package dev.tally.eventstore.postgres;

import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedLag;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;

import java.time.Instant;

/**
 * Reads the rows of the feed, each time in a transaction: the settings of the role's plans, which
 * suit a customer's queries, are other ones for as long as it lasts.
 */
@ApplicationScoped
public class FeedRows {

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    @Transactional
    public FeedRead.Found read(FeedCursor after, int limit) {
        return FeedRead.read(entityManager, after, limit);
    }

    @Transactional
    public FeedCursor newest() {
        return FeedRead.newest(entityManager);
    }

    @Transactional
    public FeedLag lag() {
        return lag(entityManager);
    }

    static FeedLag lag(EntityManager em) {
        var row =
                (Object[])
                        em.createNativeQuery(
                                        """
                                        select positions_behind, oldest_began_at,
                                               coalesce(
                                                   'prepared transaction ' || oldest_prepared,
                                                   'process ' || oldest_process || ' ('
                                                       || oldest_application || ', role '
                                                       || oldest_role || ')')
                                        from tally.feed_lag
                                        """)
                                .getSingleResult();
        return new FeedLag((Long) row[0], (Instant) row[1], (String) row[2]);
    }
}
