package dev.tally.eventstore.postgres;

import dev.tally.availability.Guarded;
import dev.tally.eventstore.EventSearch;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;

import java.time.Instant;
import java.util.List;

/**
 * Searches the rows of all customers. No index has these ids: the coarse index of time finds the
 * blocks of a hot month that have rows of the time, and these are read.
 */
@ApplicationScoped
public class PostgresEventSearch implements EventSearch {

    /**
     * Allows the plan that the coarse index needs; the role's settings suit a customer's queries.
     */
    private static final String PLANS =
            """
            select set_config('enable_bitmapscan', 'on', true),
                   set_config('plan_cache_mode', 'force_custom_plan', true)
            """;

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    @Override
    @Guarded
    @Transactional
    @SuppressWarnings("unchecked") // the query names the class of its rows
    public List<Hit> find(String id, Instant from, Instant to, int limit) {
        var unused = entityManager.createNativeQuery(PLANS).getSingleResult();
        return entityManager
                .createNativeQuery(text(from, to), Hit.class)
                .setParameter("id", id)
                .setParameter("limit", limit)
                .getResultList();
    }

    /**
     * The query of a time, for the plan that a test looks at too. The bounds stand in the text, so
     * that only their months are opened.
     */
    static String text(Instant from, Instant to) {
        return """
        select distinct on (e.customer_id) e.customer_id, e.seq, e.event_time, t.name,
               coalesce(e.command_id = :id, false) as is_command
        from tally.event e
        join tally.customer c on c.customer_id = e.customer_id and c.first_seq <= e.seq
        join tally.aggregate_type t on t.number = e.aggregate_type
        where e.event_time >= timestamptz '%s' and e.event_time < timestamptz '%s'
          and (e.aggregate_id = :id or e.command_id = :id)
        order by e.customer_id, e.seq desc
        limit :limit
        """
                .formatted(from, to);
    }
}
