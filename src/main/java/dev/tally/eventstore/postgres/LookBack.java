package dev.tally.eventstore.postgres;

import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.postgres.Append.Snapshot;

import jakarta.persistence.EntityManager;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Reads what is behind the current generations: the past, and streams as a whole. */
final class LookBack {

    /** Later than any event. */
    static final Instant FOREVER = Instant.parse("9999-12-31T00:00:00Z");

    /** Earlier than any event. */
    private static final Instant EARLIEST = Instant.EPOCH;

    private static final String BEYOND =
            """
              and (e.eventTime > :at
                   or e.streamType > :type
                   or e.streamType = :type and e.seq > :seq)
            """;

    private static final int FIRST_GENERATION = 1;

    private LookBack() {}

    /** The generations that were current just before a time, up to and with its events. */
    static Rows asOf(
            EntityManager em, String customerId, Collection<StreamType> types, Instant until) {
        var snapshots = lastSnapshots(em, customerId, types, until);
        var rows = new Rows();
        var generations = new EnumMap<StreamType, Integer>(StreamType.class);
        types.forEach(type -> generations.put(type, FIRST_GENERATION));
        for (var snapshot : snapshots) {
            var type = StreamType.of(snapshot.streamType);
            generations.put(type, snapshot.generation);
            rows.add(type, new Snapshot(snapshot.fingerprint, snapshot.snapshotData));
        }
        em
                .createQuery(
                        """
                        select e from EventRow e
                        where e.customerId = :customer
                          and e.streamType in :types
                          and e.generation in :generations
                          and e.eventTime <= :until
                        order by e.streamType, e.seq
                        """,
                        EventRow.class)
                .setParameter("customer", customerId)
                .setParameter("types", codes(types))
                .setParameter("generations", generations.values())
                .setParameter("until", until)
                .getResultList()
                .stream()
                .map(EventRow::event)
                .filter(event -> event.generation() == generations.get(event.type()))
                .forEach(rows::add);
        return rows;
    }

    private static List<SnapshotRow> lastSnapshots(
            EntityManager em, String customerId, Collection<StreamType> types, Instant until) {
        return em.createQuery(
                        """
                        select s from SnapshotRow s
                        where s.customerId = :customer
                          and s.streamType in :types
                          and s.eventTime =
                              (select max(before.eventTime) from SnapshotRow before
                               where before.customerId = s.customerId
                                 and before.streamType = s.streamType
                                 and before.eventTime < :until)
                        """,
                        SnapshotRow.class)
                .setParameter("customer", customerId)
                .setParameter("types", codes(types))
                .setParameter("until", until)
                .getResultList();
    }

    /** All events of a stream up to a time, without any snapshot. */
    static Rows wholeStream(EntityManager em, String customerId, StreamType type, Instant until) {
        var rows = new Rows();
        em
                .createQuery(
                        """
                        select e from EventRow e
                        where e.customerId = :customer
                          and e.streamType = :type
                          and e.eventTime <= :until
                        order by e.seq
                        """,
                        EventRow.class)
                .setParameter("customer", customerId)
                .setParameter("type", type.code())
                .setParameter("until", until)
                .getResultList()
                .stream()
                .map(EventRow::event)
                .forEach(rows::add);
        return rows;
    }

    /** All events of one aggregate. */
    static List<Rows.Event> aggregate(
            EntityManager em, String customerId, StreamType type, String aggregateId) {
        return em
                .createQuery(
                        """
                        select e from EventRow e
                        where e.customerId = :customer
                          and e.streamType = :type
                          and e.aggregateId = :aggregate
                        order by e.seq
                        """,
                        EventRow.class)
                .setParameter("customer", customerId)
                .setParameter("type", type.code())
                .setParameter("aggregate", aggregateId)
                .getResultList()
                .stream()
                .map(EventRow::event)
                .toList();
    }

    /** One page of a customer's events in the order of their time. */
    static List<Rows.Event> history(EntityManager em, HistoryQuery asked) {
        var hotStart = asked.tier() == Tier.ALL ? null : hotStart(em);
        var from = latest(asked.from(), asked.tier() == Tier.HOT ? hotStart : null);
        var to = earliest(asked.to(), asked.tier() == Tier.ARCHIVE ? hotStart : null);
        var after = asked.after();
        var query =
                em.createQuery(
                                """
                                select e from EventRow e
                                where e.customerId = :customer
                                  and e.eventTime >= :from
                                  and e.eventTime < :to
                                """
                                        + (asked.aggregateId() == null
                                                ? ""
                                                : " and e.aggregateId = :aggregate")
                                        + (after == null ? "" : BEYOND)
                                        + " order by e.eventTime, e.streamType, e.seq",
                                EventRow.class)
                        .setParameter("customer", asked.customerId())
                        .setParameter("from", latest(from, after == null ? null : after.at()))
                        .setParameter("to", to)
                        .setMaxResults(asked.limit());
        if (asked.aggregateId() != null) {
            query.setParameter("aggregate", asked.aggregateId());
        }
        if (after != null) {
            query.setParameter("at", after.at())
                    .setParameter("type", after.type().code())
                    .setParameter("seq", after.seq());
        }
        return query.getResultList().stream().map(EventRow::event).toList();
    }

    /** Read anew each time: with an older one, a query for the hot tier would look further back. */
    private static Instant hotStart(EntityManager em) {
        return (Instant)
                em.createNativeQuery(
                                "select min(starts_at) from tally.partition where tier = 'HOT'",
                                Instant.class)
                        .getSingleResult();
    }

    private static Instant latest(Instant one, Instant other) {
        return Stream.of(EARLIEST, one, other)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    private static Instant earliest(Instant one, Instant other) {
        return Stream.of(FOREVER, one, other)
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    private static List<Character> codes(Collection<StreamType> types) {
        return types.stream().map(StreamType::code).toList();
    }
}
