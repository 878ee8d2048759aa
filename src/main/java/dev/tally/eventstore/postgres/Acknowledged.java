package dev.tally.eventstore.postgres;

import dev.tally.availability.StoreReplaced;
import dev.tally.eventstore.Recorded;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;

import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The commands that this node has last told its callers to be stored, in memory. When another
 * server answers for the database, they tell what it has not got: a standby that lagged and took
 * over, or a backup that was restored, lacks what was committed last.
 */
@ApplicationScoped
public class Acknowledged {

    private static final Logger LOG = Logger.getLogger(Acknowledged.class.getName());

    /** Most commands that are remembered, at about 300 bytes of heap each. */
    static final int MOST = 30_000;

    /** Most commands that one query asks for. */
    private static final int PAGE = 1_000;

    /**
     * The places of commands that are not in the history. A command that was lost may have been
     * stored again, since its promise had waited on a disk. An erased customer's are not missing:
     * the account begins at a later number, or the erasure is on record. The subquery for the event
     * cannot be turned into a join, so each command is one look into the index of one month.
     */
    private static final String MISSING =
            """
            select a.place
            from unnest(cast(:customers as text[]), cast(:seqs as int[]),
                cast(:times as timestamptz[]), cast(:commands as text[]),
                cast(:aggregates as text[]))
                with ordinality as a (customer_id, seq, event_time, command_id, aggregate_id, place)
            where (select e.command_id from tally.event e
                   where e.customer_id = a.customer_id and e.seq = a.seq
                     and e.event_time = a.event_time) is distinct from a.command_id
              and not exists (select from tally.event e
                  where e.customer_id = a.customer_id and e.command_id = a.command_id
                    and e.aggregate_id = a.aggregate_id and e.event_time >= a.event_time)
              and not exists (select from tally.customer c
                  where c.customer_id = a.customer_id and c.first_seq > a.seq)
              and not exists (select from tally.erasure r
                  where r.customer_digest = sha256(convert_to(a.customer_id, 'UTF8'))
                    and r.requested_at > a.event_time)
            order by a.place
            """;

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    @Inject MetricRegistry metrics;

    private final SequencedSet<Stored> newest = new LinkedHashSet<>();
    private boolean hasForgotten;
    private Counter lost;

    /**
     * A command that was stored.
     *
     * @param seq number of its first event
     * @param aggregate id of what that event happened to, such as a license
     */
    record Stored(String customerId, int seq, Instant at, String command, String aggregate) {}

    void showAtStart(@Observes Startup started) {
        // The call alone registers the metric: operators see it before the first loss.
    }

    @PostConstruct
    void register() {
        lost =
                metrics.counter(
                        Metadata.builder()
                                .withName("tally.commands.lost")
                                .withDescription(
                                        "Commands that this node had stored and that the database"
                                                + " lost.")
                                .build());
    }

    /** Remembers a command that is in the history. */
    synchronized void add(String customerId, Recorded first) {
        newest.add(
                new Stored(
                        customerId,
                        first.seq(),
                        first.at(),
                        first.command().key(),
                        first.aggregate().id()));
        if (newest.size() <= MOST) return;
        newest.removeFirst();
        hasForgotten = true;
    }

    /** Looks for all that is remembered, and says what has been lost. */
    void lookFor(@Observes StoreReplaced replaced) {
        var known = known();
        if (known.isEmpty()) return;
        var missing = missing(known);
        say(known, missing);
        lost.inc(missing.size());
        forget(missing);
    }

    private synchronized List<Stored> known() {
        return List.copyOf(newest);
    }

    /** What was lost is said once. */
    private synchronized void forget(Collection<Stored> missing) {
        missing.forEach(newest::remove);
    }

    /** Those of the remembered commands that the database has not got. */
    List<Stored> missing() {
        return missing(known());
    }

    private List<Stored> missing(List<Stored> known) {
        var missing = new ArrayList<Stored>();
        for (int i = 0; i < known.size(); i += PAGE) {
            var page = known.subList(i, Math.min(i + PAGE, known.size()));
            for (var place : places(page)) missing.add(page.get(place.intValue() - 1));
        }
        return missing;
    }

    @SuppressWarnings("unchecked") // a column of numbers
    private List<Number> places(List<Stored> page) {
        return entityManager
                .createNativeQuery(MISSING)
                .setParameter("customers", texts(page, Stored::customerId))
                .setParameter("seqs", texts(page, Stored::seq))
                .setParameter("times", texts(page, Stored::at))
                .setParameter("commands", texts(page, Stored::command))
                .setParameter("aggregates", texts(page, Stored::aggregate))
                .getResultList();
    }

    private static String[] texts(List<Stored> page, Function<Stored, Object> part) {
        return page.stream().map(part).map(Object::toString).toArray(String[]::new);
    }

    private void say(List<Stored> known, List<Stored> missing) {
        var since = known.getFirst().at();
        if (missing.isEmpty()) {
            LOG.log(
                    Level.INFO,
                    "Another server answers for the database. It has all {0} commands that this"
                            + " node knows, which go back to {1}",
                    new Object[] {Integer.toString(known.size()), since});
            return;
        }
        var first = missing.getFirst();
        LOG.log(
                Level.SEVERE,
                "Another server answers for the database, and {0} commands are lost of the {1} that"
                        + " this node knows, which go back to {2}{3}",
                new Object[] {
                    Integer.toString(missing.size()),
                    Integer.toString(known.size()),
                    since,
                    hasForgotten && first.equals(known.getFirst())
                            ? "; older ones, which it does not know any more, may be lost too"
                            : ""
                });
        for (var one : missing) {
            LOG.log(
                    Level.WARNING,
                    "Lost: command {0} of customer {1} at {2}, about {3}",
                    new Object[] {one.command(), one.customerId(), one.at(), one.aggregate()});
        }
    }
}
