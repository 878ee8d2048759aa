package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.EventStore.Trace;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Tier;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.persistence.Tuple;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads what lies before the current generation: past states and whole histories.
 *
 * <p>A lower bound of time stands in a query's text, as the first of a month. So there are few
 * texts, and a kept plan knows no older partition. Queries without a bound ({@link
 * #events(EntityManager, String, int)}, {@link #aggregates}, the newest events of a type since no
 * time in particular, a page of all tiers) search every partition.
 */
final class LookBack {

    private LookBack() {}

    static Optional<CustomerRow> head(EntityManager em, String customerId) {
        return Optional.ofNullable(em.find(CustomerRow.class, customerId));
    }

    /** The newest snapshot of a schema version in a customer's present life. */
    static Optional<SnapshotRow> newestSnapshot(
            EntityManager em, String customerId, int schemaVersion, int firstSeq, Instant from) {
        return snapshots(
                em,
                from,
                "and s.seq >= :first order by s.seq desc, s.generation desc limit 1",
                query ->
                        query.setParameter("customer", customerId)
                                .setParameter("version", schemaVersion)
                                .setParameter("first", firstSeq));
    }

    /**
     * The newest snapshot of a schema version in a customer's present life that is older than a
     * time.
     */
    static Optional<SnapshotRow> snapshotBefore(
            EntityManager em,
            String customerId,
            int schemaVersion,
            int firstSeq,
            Instant from,
            Instant until) {
        return snapshots(
                em,
                from,
                "and s.seq >= :first and s.event_time < :until order by s.seq desc, s.generation"
                        + " desc limit 1",
                query ->
                        query.setParameter("customer", customerId)
                                .setParameter("version", schemaVersion)
                                .setParameter("first", firstSeq)
                                .setParameter("until", until));
    }

    @SuppressWarnings("unchecked") // the query names the class of its rows
    private static Optional<SnapshotRow> snapshots(
            EntityManager em, Instant from, String which, Consumer<Query> parameters) {
        var query =
                em.createNativeQuery(
                        """
                        select s.* from tally.snapshot s
                        where s.customer_id = :customer and s.schema_version = :version
                          and s.event_time >= timestamptz '%s'
                        """
                                        .formatted(Months.startOf(from))
                                + which,
                        SnapshotRow.class);
        parameters.accept(query);
        return ((List<SnapshotRow>) query.getResultList()).stream().findFirst();
    }

    /** A customer's events after a number, not older than a time, in order. */
    @SuppressWarnings("unchecked") // the query names the class of its rows
    static List<EventRow> events(EntityManager em, String customerId, int after, Instant from) {
        return em.createNativeQuery(
                        """
                        select e.* from tally.event e
                        where e.customer_id = :customer and e.seq > :after
                          and e.event_time >= timestamptz '%s'
                        order by e.seq
                        """
                                .formatted(Months.startOf(from)),
                        EventRow.class)
                .setParameter("customer", customerId)
                .setParameter("after", after)
                .getResultList();
    }

    /**
     * A customer's events after a number that are neither older than a time nor younger than
     * another, and the first younger one, in order.
     */
    @SuppressWarnings("unchecked") // the query names the class of its rows
    static List<EventRow> eventsUntil(
            EntityManager em, String customerId, int after, Instant from, Instant until) {
        var some =
                """
                (select e.* from tally.event e
                where e.customer_id = :customer and e.seq > :after
                  and e.event_time >= timestamptz '%s'
                """
                        .formatted(Months.startOf(from));
        return em.createNativeQuery(
                        some
                                + "and e.event_time <= :until) union all "
                                + some
                                + "and e.event_time > :until order by e.seq limit 1) order by seq",
                        EventRow.class)
                .setParameter("customer", customerId)
                .setParameter("after", after)
                .setParameter("until", until)
                .getResultList();
    }

    /** All of a customer's events from a number on, in order, from every partition. */
    static List<EventRow> events(EntityManager em, String customerId, int first) {
        return em.createQuery(
                        """
                        select e from EventRow e
                        where e.customerId = :customer and e.seq >= :first
                        order by e.seq
                        """,
                        EventRow.class)
                .setParameter("customer", customerId)
                .setParameter("first", first)
                .getResultList();
    }

    /** All events of some aggregates in the customer's present life. */
    static List<EventRow> aggregates(
            EntityManager em, String customerId, int type, Collection<String> ids) {
        return em.createQuery(
                        """
                        select e from EventRow e
                        where e.customerId = :customer
                          and e.aggregateType = :type
                          and e.aggregateId in :aggregates
                          and e.seq >= (select c.firstSeq from CustomerRow c
                                        where c.customerId = :customer)
                        order by e.seq
                        """,
                        EventRow.class)
                .setParameter("customer", customerId)
                .setParameter("type", (short) type)
                .setParameter("aggregates", ids)
                .getResultList();
    }

    /**
     * The newest events of a type of aggregates in the customer's present life, the newest first.
     *
     * @param from time before which events are left out; null: none are
     * @param until time after which events are left out; null: none are
     */
    @SuppressWarnings("unchecked") // the query names the class of its rows
    static List<EventRow> newest(
            EntityManager em,
            String customerId,
            int type,
            Instant from,
            Instant until,
            int before,
            int limit) {
        var since =
                from == null
                        ? ""
                        : bound(">=", Months.startOf(from)) + " and e.event_time >= :from";
        var query =
                em.createNativeQuery(
                                """
                                select e.* from tally.event e
                                where e.customer_id = :customer
                                  and e.aggregate_type = :type
                                  and e.seq < :before
                                  and e.seq >= (select c.first_seq from tally.customer c
                                                where c.customer_id = :customer)
                                """
                                        + since
                                        + (until == null ? "" : " and e.event_time <= :until")
                                        + " order by e.seq desc",
                                EventRow.class)
                        .setParameter("customer", customerId)
                        .setParameter("type", type)
                        .setParameter("before", before)
                        .setMaxResults(limit);
        if (from != null) query.setParameter("from", from);
        if (until != null) query.setParameter("until", until);
        return query.getResultList();
    }

    /** Looks whether an aggregate has events, and when its customer was erased last. */
    static Trace trace(EntityManager em, String customerId, Aggregate aggregate) {
        var found =
                (Tuple)
                        em.createNativeQuery(
                                        """
                                        select
                                            (select max(requested_at) from tally.erasure
                                            where customer_digest =
                                                sha256(convert_to(:customer, 'UTF8'))) as erased_at,
                                            exists (select from tally.event
                                                where customer_id = :customer
                                                  and aggregate_type = :type
                                                  and aggregate_id = :id
                                                  and seq >= (select first_seq from tally.customer
                                                              where customer_id = :customer))
                                                as is_there
                                        """,
                                        Tuple.class)
                                .setParameter("customer", customerId)
                                .setParameter("type", (short) aggregate.type().number())
                                .setParameter("id", aggregate.id())
                                .getSingleResult();
        return new Trace(
                found.get("erased_at", Instant.class), found.get("is_there", Boolean.class));
    }

    private record Position(String customerId, long revision) {}

    /** Revisions of customers' heads, by customer id. */
    static Map<String, Long> revisions(EntityManager em, Collection<String> customerIds) {
        var revisions = new HashMap<String, Long>();
        em.createQuery(
                        """
                        select c.customerId, c.revision from CustomerRow c
                        where c.customerId in :customers
                        """,
                        Position.class)
                .setParameter("customers", customerIds)
                .getResultList()
                .forEach(position -> revisions.put(position.customerId, position.revision));
        return revisions;
    }

    /** Revision of a customer's head; 0 if there is no head. */
    static long revision(EntityManager em, String customerId) {
        return em
                .createQuery(
                        "select c.revision from CustomerRow c where c.customerId = :customer",
                        Long.class)
                .setParameter("customer", customerId)
                .getResultList()
                .stream()
                .findFirst()
                .orElse(0L);
    }

    /** One page of a customer's events in the order of their numbers. */
    @SuppressWarnings("unchecked") // the query names the class of its rows
    static List<EventRow> page(EntityManager em, HistoryQuery asked, Integer aggregateType) {
        var hotStart = asked.tier() == Tier.ALL ? null : HotTier.start(em);
        var text =
                new StringBuilder(
                        """
                        select e.* from tally.event e
                        where e.customer_id = :customer
                          and e.seq > :after
                          and e.seq >= (select c.first_seq from tally.customer c
                                        where c.customer_id = :customer)
                        """);
        if (asked.tier() == Tier.HOT) text.append(bound(">=", hotStart));
        if (asked.tier() == Tier.ARCHIVE) text.append(bound("<", hotStart));
        if (asked.from() != null) text.append(" and e.event_time >= :from");
        if (asked.to() != null) text.append(" and e.event_time < :to");
        if (aggregateType != null) text.append(" and e.aggregate_type = :type");
        if (asked.aggregateId() != null) text.append(" and e.aggregate_id = :aggregate");
        text.append(" order by e.seq");
        var query =
                em.createNativeQuery(text.toString(), EventRow.class)
                        .setParameter("customer", asked.customerId())
                        .setParameter("after", asked.after())
                        .setMaxResults(asked.limit());
        if (asked.from() != null) query.setParameter("from", asked.from());
        if (asked.to() != null) query.setParameter("to", asked.to());
        if (aggregateType != null) query.setParameter("type", aggregateType);
        if (asked.aggregateId() != null) query.setParameter("aggregate", asked.aggregateId());
        return query.getResultList();
    }

    private static String bound(String operator, Instant time) {
        return " and e.event_time %s timestamptz '%s'".formatted(operator, time);
    }

    /**
     * The first events of the commands that were stored at some times. Only first events name the
     * command and its caller.
     */
    static List<EventRow> commandsAt(
            EntityManager em, String customerId, Collection<Instant> times) {
        return em.createQuery(
                        """
                        select e from EventRow e
                        where e.customerId = :customer and e.commandId is not null
                          and e.eventTime in :times
                        """,
                        EventRow.class)
                .setParameter("customer", customerId)
                .setParameter("times", times)
                .getResultList();
    }

    /**
     * How far retirement has come.
     *
     * @param until time before which only events that were still needed are there
     * @param at time when it was last determined which events are needed
     */
    record Retirement(Instant until, Instant at) {}

    /** How far retirement has come; empty if nothing has been retired. */
    static Optional<Retirement> retirement(EntityManager em) {
        var retirement =
                (Retirement)
                        em.createNativeQuery(
                                        """
                                        select max(ends_at) as until, max(retired_at) as at
                                        from tally.partition where retired_at is not null
                                        """,
                                        Retirement.class)
                                .getSingleResult();
        return retirement.until() == null ? Optional.empty() : Optional.of(retirement);
    }

    /** Number of a customer's events that went with retired months. */
    static long retiredRows(EntityManager em, String customerId) {
        return (Long)
                em.createNativeQuery(
                                """
                                select coalesce(sum(rows), 0) from tally.retirement
                                where customer_id = :customer
                                """,
                                Long.class)
                        .setParameter("customer", customerId)
                        .getSingleResult();
    }
}
