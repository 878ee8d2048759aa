package dev.tally.eventstore.postgres;

import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.postgres.Append.Snapshot;

import jakarta.persistence.EntityManager;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /**
     * The generations that were current just before a time, up to and with its events.
     *
     * @param retiredUntil snapshots from before may have gone; null: none have
     */
    static Rows asOf(
            EntityManager em,
            String customerId,
            Collection<StreamType> types,
            Instant until,
            Instant retiredUntil) {
        var rows = new Rows();
        var generations = new EnumMap<StreamType, Integer>(StreamType.class);
        for (var snapshot : lastSnapshots(em, customerId, types, until, latest(retiredUntil))) {
            var type = StreamType.of(snapshot.streamType);
            generations.put(type, snapshot.generation);
            rows.add(type, new Snapshot(snapshot.seq, snapshot.fingerprint, snapshot.snapshotData));
        }
        for (var type : types) {
            if (retiredUntil == null) {
                generations.putIfAbsent(type, FIRST_GENERATION);
            } else if (!generations.containsKey(type)) {
                rows.addRetired(type);
            }
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
                .filter(event -> Objects.equals(event.generation(), generations.get(event.type())))
                .forEach(rows::add);
        return rows;
    }

    private static List<SnapshotRow> lastSnapshots(
            EntityManager em,
            String customerId,
            Collection<StreamType> types,
            Instant until,
            Instant from) {
        return em.createQuery(
                        """
                        select s from SnapshotRow s
                        where s.customerId = :customer
                          and s.streamType in :types
                          and s.eventTime =
                              (select max(before.eventTime) from SnapshotRow before
                               where before.customerId = s.customerId
                                 and before.streamType = s.streamType
                                 and before.eventTime >= :from
                                 and before.eventTime < :until)
                        """,
                        SnapshotRow.class)
                .setParameter("customer", customerId)
                .setParameter("types", codes(types))
                .setParameter("from", from)
                .setParameter("until", until)
                .getResultList();
    }

    /** All events of a stream, without any snapshot. */
    static Rows wholeStream(EntityManager em, String customerId, StreamType type) {
        var rows = new Rows();
        em
                .createQuery(
                        """
                        select e from EventRow e
                        where e.customerId = :customer
                          and e.streamType = :type
                        order by e.seq
                        """,
                        EventRow.class)
                .setParameter("customer", customerId)
                .setParameter("type", type.code())
                .getResultList()
                .stream()
                .map(EventRow::event)
                .forEach(rows::add);
        return rows;
    }

    /** The last event that a stream has; 0: it has none. */
    static int lastSeq(EntityManager em, String customerId, StreamType type) {
        return (int)
                em.createNativeQuery(
                                """
                                select coalesce(max(last_seq), 0) from tally.stream
                                where customer_id = :customer and stream_type = cast(:type as "char")
                                """,
                                Integer.class)
                        .setParameter("customer", customerId)
                        .setParameter("type", String.valueOf(type.code()))
                        .getSingleResult();
    }

    private record Position(String customerId, int lastSeq) {}

    /** The last events of streams of one type, by customer. */
    @SuppressWarnings("unchecked") // the query says of what its rows are made
    static Map<String, Integer> lastSeqs(
            EntityManager em, Collection<String> customerIds, StreamType type) {
        var positions =
                em.createNativeQuery(
                                """
                                select customer_id, last_seq from tally.stream
                                where customer_id = any (:customers)
                                  and stream_type = cast(:type as "char")
                                """,
                                Position.class)
                        .setParameter("customers", customerIds.toArray(String[]::new))
                        .setParameter("type", String.valueOf(type.code()))
                        .getResultList();
        var lastSeqs = new HashMap<String, Integer>();
        for (var position : (List<Position>) positions) {
            lastSeqs.put(position.customerId, position.lastSeq);
        }
        return lastSeqs;
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

    /**
     * What has been retired so far.
     *
     * @param until of what happened before, only what was needed then is there
     * @param at when it was last looked for what is needed
     */
    record Retirement(Instant until, Instant at) {}

    /** Null: nothing has. */
    static Retirement retirement(EntityManager em) {
        var retirement =
                (Retirement)
                        em.createNativeQuery(
                                        """
                                        select max(ends_at) as until, max(retired_at) as at
                                        from tally.partition where retired_at is not null
                                        """,
                                        Retirement.class)
                                .getSingleResult();
        return retirement.until() == null ? null : retirement;
    }

    private static Instant latest(Instant... times) {
        return Stream.concat(Stream.of(EARLIEST), Arrays.stream(times))
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
