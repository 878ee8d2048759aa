package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Fold;
import dev.tally.eventstore.StreamType;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The queries that read history. All give rows of one shape: {@link StreamRow#HISTORY}. */
final class HistoryQuery {

    /** Later than any event. */
    static final Instant FOREVER = Instant.parse("9999-12-31T00:00:00Z");

    private static final int HEAD = 0;
    private static final int SNAPSHOT = 1;

    private static final String SELECT_HEAD =
            """
            select h.customer_id as customer_id, h.stream_type as stream_type,
                   h.generation as generation, h.last_seq as last_seq, h.opened_at as opened_at,
                   h.last_event_time as last_event_time, h.revision as revision,
                   0 as kind, h.stream_type as row_type, h.generation as row_generation,
                   h.last_seq as row_seq, h.last_event_time as row_time,
                   null as aggregate_id, null as event_mapper, cast(null as bytea) as bytes,
                   null as command_id, cast(null as integer) as command_hash,
                   cast(null as bigint) as fingerprint
            from head h
            """;

    private static final String SELECT_SNAPSHOT =
            """
            union all
            select null, null, null, null, null, null, null,
                   1, s.stream_type, s.generation, s.seq, s.event_time,
                   null, null, s.snapshot_data, null, null, s.fingerprint
            from head h
            join tally.snapshot s
              on s.customer_id = :customer
             and s.stream_type = h.stream_type
             and s.generation = h.generation
            """;

    private static final String SELECT_EVENT =
            """
            union all
            select null, null, null, null, null, null, null,
                   2, e.stream_type, e.generation, e.seq, e.event_time,
                   e.aggregate_id, e.event_mapper, e.event_data, e.command_id, e.command_hash, null
            from head h
            join tally.event e
              on e.customer_id = :customer
             and e.stream_type = h.stream_type
            """;

    private static final String IN_ORDER =
            """
            order by kind, row_type, row_seq
            """;

    /**
     * Heads, their snapshots and the events of their generations, in one trip. The snapshot is not
     * repeated for each event, and the time bound lets the planner leave archived partitions alone.
     */
    private static final String CURRENT =
            """
            with head as materialized (
                select customer_id, stream_type, generation, last_seq, opened_at, last_event_time,
                       revision
                from tally.stream
                where customer_id = :customer and stream_type = any(cast(:types as text[]))
            )
            """
                    + SELECT_HEAD
                    + SELECT_SNAPSHOT
                    + "and s.event_time >= :from\n"
                    + SELECT_EVENT
                    + "and e.generation = h.generation and e.event_time >= :from\n"
                    + IN_ORDER;

    /** As if the heads still stood where they did: the generation of the last snapshot before. */
    private static final String AS_OF =
            """
            with head as materialized (
                select cast(null as text) as customer_id, t.stream_type,
                       coalesce(max(s.generation), 1) as generation,
                       cast(null as integer) as last_seq, cast(null as timestamptz) as opened_at,
                       cast(null as timestamptz) as last_event_time,
                       cast(null as bigint) as revision
                from unnest(cast(:types as text[])) as t (stream_type)
                left join tally.snapshot s
                  on s.customer_id = :customer
                 and s.stream_type = t.stream_type
                 and s.event_time < :until
                group by t.stream_type
            )
            """
                    + SELECT_HEAD
                    + "where false\n"
                    + SELECT_SNAPSHOT
                    + "and s.event_time < :until\n"
                    + SELECT_EVENT
                    + "and e.generation = h.generation and e.event_time <= :until\n"
                    + IN_ORDER;

    /** Every event of one stream, in whatever generation; of one aggregate only, or of all. */
    private static final String WHOLE_STREAM =
            """
            with head as materialized (
                select customer_id, stream_type, generation, last_seq, opened_at, last_event_time,
                       revision
                from tally.stream
                where customer_id = :customer and stream_type = :type
            )
            """
                    + SELECT_HEAD
                    + "where false\n"
                    + SELECT_EVENT
                    + "and e.event_time <= :until\n"
                    + "and e.aggregate_id = coalesce(cast(:aggregate as text), e.aggregate_id)\n"
                    + IN_ORDER;

    private HistoryQuery() {}

    /** A snapshot or an event as it came from the database. */
    @SuppressWarnings("ArrayRecordComponent") // read once and let go, never compared
    record Row(
            StreamType type,
            int generation,
            int seq,
            Instant at,
            String aggregateId,
            String mapper,
            byte[] bytes,
            String commandKey,
            Integer commandHash,
            Long fingerprint) {}

    /** What one query gave, by stream. */
    record Rows(
            Map<StreamType, StreamRow> heads,
            Map<StreamType, Row> snapshots,
            Map<StreamType, List<Row>> events,
            int count) {

        List<Row> eventsOf(StreamType type) {
            return events.getOrDefault(type, List.of());
        }
    }

    /** The current generations of the streams that were opened at or after a time. */
    static Rows current(EntityManager em, String customerId, List<Fold<?>> folds, Instant from) {
        return rows(
                query(em, CURRENT, customerId)
                        .setParameter("types", labels(folds))
                        .setParameter("from", from));
    }

    /** The generations that were current just before a time, up to and with its events. */
    static Rows asOf(EntityManager em, String customerId, List<Fold<?>> folds, Instant until) {
        return rows(
                query(em, AS_OF, customerId)
                        .setParameter("types", labels(folds))
                        .setParameter("until", until));
    }

    /**
     * All events of a stream up to a time, without any snapshot.
     *
     * @param aggregateId null: of all its aggregates
     */
    static Rows wholeStream(
            EntityManager em,
            String customerId,
            StreamType type,
            String aggregateId,
            Instant until) {
        return rows(
                query(em, WHOLE_STREAM, customerId)
                        .setParameter("type", type.label())
                        .setParameter("aggregate", aggregateId)
                        .setParameter("until", until));
    }

    private static Query query(EntityManager em, String sql, String customerId) {
        return em.createNativeQuery(sql, StreamRow.HISTORY).setParameter("customer", customerId);
    }

    private static String labels(List<Fold<?>> folds) {
        return folds.stream()
                .map(fold -> fold.type().label())
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static Rows rows(Query query) {
        var heads = new EnumMap<StreamType, StreamRow>(StreamType.class);
        var snapshots = new EnumMap<StreamType, Row>(StreamType.class);
        var events = new EnumMap<StreamType, List<Row>>(StreamType.class);
        var results = query.getResultList();
        for (var result : results) {
            var columns = (Object[]) result;
            var type = StreamType.of((String) columns[2]);
            switch ((Integer) columns[1]) {
                case HEAD -> heads.put(type, (StreamRow) columns[0]);
                case SNAPSHOT -> snapshots.put(type, row(type, columns));
                default ->
                        events.computeIfAbsent(type, t -> new ArrayList<>())
                                .add(row(type, columns));
            }
        }
        return new Rows(heads, snapshots, events, results.size());
    }

    private static Row row(StreamType type, Object[] columns) {
        return new Row(
                type,
                (Integer) columns[3],
                (Integer) columns[4],
                (Instant) columns[5],
                (String) columns[6],
                (String) columns[7],
                (byte[]) columns[8],
                (String) columns[9],
                (Integer) columns[10],
                (Long) columns[11]);
    }
}
