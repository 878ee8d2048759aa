package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Head;

import jakarta.persistence.EntityManager;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads a customer's current state in one statement: the head, the current snapshot, and the events
 * after it, all of one moment.
 *
 * <p>The lower bound of time stands in the text as a literal: a kept plan was pruned by it when it
 * was made, and neither locks nor scans an older partition. Each table in each branch names the
 * customer, so that a database distributed by customer answers from one shard. The subqueries on
 * the head are evaluated once each, and prune partitions as the plan is executed.
 */
final class CurrentRead {

    private static final int HEAD = 0;
    private static final int SNAPSHOT = 1;
    private static final int EVENT = 2;

    private static final String TEXT =
            """
            select 0 as kind, c.last_seq as seq, c.last_time as at, c.generation, c.revision,
                c.first_seq as number_1, c.snapshot_seq as number_2, c.generation_bytes as number_3,
                c.snapshot_time as at_2, cast(null as smallint) as type, cast(null as text) as id,
                cast(null as bytea) as bytes, cast(null as text) as command
            from tally.customer c
            where c.customer_id = :customer
            union all
            select 1, s.seq, s.event_time, s.generation, cast(null as bigint),
                s.schema_version, s.checksum, cast(null as integer), cast(null as timestamptz),
                cast(null as smallint), cast(null as text), s.snapshot_data, cast(null as text)
            from tally.snapshot s
            where s.customer_id = :customer
              and s.event_time >= timestamptz '{from}'
              and s.event_time =
                  (select h.snapshot_time from tally.customer h where h.customer_id = :customer)
              and s.seq =
                  (select h.snapshot_seq from tally.customer h where h.customer_id = :customer)
            union all
            select 2, e.seq, e.event_time, e.generation, cast(null as bigint),
                e.event_mapper, e.command_hash, cast(null as integer), cast(null as timestamptz),
                e.aggregate_type, e.aggregate_id, e.event_data, e.command_id
            from tally.event e
            where e.customer_id = :customer
              and e.event_time >= timestamptz '{from}'
              and e.event_time >=
                  (select h.snapshot_time from tally.customer h where h.customer_id = :customer)
              and e.event_time <=
                  (select h.last_time from tally.customer h where h.customer_id = :customer)
              and e.seq >
                  (select h.snapshot_seq from tally.customer h where h.customer_id = :customer)
            """;

    private CurrentRead() {}

    /**
     * Everything that the database returned for one customer.
     *
     * @param snapshots snapshots at the head's position, one for each schema version that stored
     *     one there
     * @param events events after the snapshot, in order
     */
    record Rows(Head head, List<SnapshotRow> snapshots, List<EventRow> events) {}

    /** One row of the answer. The meaning of a column depends on the kind. */
    @SuppressWarnings("ArrayRecordComponent") // read once and let go, never compared
    record Row(
            int kind,
            int seq,
            Instant at,
            int generation,
            Long revision,
            Integer number1,
            Integer number2,
            Integer number3,
            Instant at2,
            Short type,
            String id,
            byte[] bytes,
            String command) {

        private Head head() {
            return new Head(revision, generation, number1, seq, at, number2, at2, number3);
        }

        private SnapshotRow snapshot(String customerId) {
            var row = new SnapshotRow();
            row.customerId = customerId;
            row.seq = seq;
            row.schemaVersion = number1;
            row.eventTime = at;
            row.generation = generation;
            row.checksum = number2;
            row.snapshotData = bytes;
            return row;
        }

        private EventRow event(String customerId) {
            var row = new EventRow();
            row.customerId = customerId;
            row.seq = seq;
            row.eventTime = at;
            row.generation = generation;
            row.eventMapper = number1.shortValue();
            row.aggregateType = type;
            row.aggregateId = id;
            row.eventData = bytes;
            row.commandId = command;
            row.commandHash = number2;
            return row;
        }
    }

    /**
     * Reads a customer's current state.
     *
     * @param from time before which nothing is read; a current snapshot that is older is missing
     *     from the answer
     */
    static Rows read(EntityManager em, String customerId, Instant from) {
        var head = Head.NONE;
        var snapshots = new ArrayList<SnapshotRow>();
        var events = new ArrayList<EventRow>();
        for (var row : query(em, customerId, from)) {
            switch (row.kind) {
                case HEAD -> head = row.head();
                case SNAPSHOT -> snapshots.add(row.snapshot(customerId));
                case EVENT -> events.add(row.event(customerId));
                default -> throw new IllegalStateException("no kind of row " + row.kind);
            }
        }
        events.sort(Comparator.comparingInt(event -> event.seq));
        return new Rows(head, snapshots, events);
    }

    @SuppressWarnings("unchecked") // the mapping names the class of its rows
    private static List<Row> query(EntityManager em, String customerId, Instant from) {
        return em.createNativeQuery(TEXT.replace("{from}", from.toString()), "CurrentRead")
                .setParameter("customer", customerId)
                .getResultList();
    }
}
