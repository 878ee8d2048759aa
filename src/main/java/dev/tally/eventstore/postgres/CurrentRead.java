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
 * <p>The bounds of time stand in the text as literals: a kept plan was pruned by them when it was
 * made, and neither locks nor opens another partition. Each of those takes as long as the
 * customer's rows do. Each table names the customer, so that a database distributed by customer
 * answers from one shard. The subqueries on the head are evaluated once each, and prune partitions
 * as the plan is executed.
 */
final class CurrentRead {

    private static final int HEAD = 0;
    private static final int SNAPSHOT = 1;
    private static final int EVENT = 2;

    private static final String TEXT =
            """
            with head as materialized (
                select c.revision, c.generation, c.first_seq, c.last_seq, c.last_time,
                    c.snapshot_seq, c.snapshot_time, c.generation_bytes
                from tally.customer c
                where c.customer_id = :customer
            )
            select 0 as kind, h.last_seq as seq, h.last_time as at, h.generation, h.revision,
                h.first_seq as number_1, h.snapshot_seq as number_2, h.generation_bytes as number_3,
                h.snapshot_time as at_2, cast(null as smallint) as type, cast(null as text) as id,
                cast(null as bytea) as bytes, cast(null as text) as command
            from head h
            union all
            select 1, s.seq, s.event_time, s.generation, cast(null as bigint),
                s.schema_version, s.checksum, cast(null as integer), cast(null as timestamptz),
                cast(null as smallint), cast(null as text), s.snapshot_data, cast(null as text)
            from tally.snapshot s
            where s.customer_id = :customer
              and s.event_time >= timestamptz '{from}' and s.event_time < timestamptz '{to}'
              and s.event_time = (select h.snapshot_time from head h)
              and s.seq = (select h.snapshot_seq from head h)
            union all
            select 2, e.seq, e.event_time, e.generation, cast(null as bigint),
                e.event_mapper, e.command_hash, cast(null as integer), cast(null as timestamptz),
                e.aggregate_type, e.aggregate_id, e.event_data, e.command_id
            from tally.event e
            where e.customer_id = :customer
              and e.event_time >= timestamptz '{from}' and e.event_time < timestamptz '{to}'
              and e.event_time >= (select h.snapshot_time from head h)
              and e.event_time <= (select h.last_time from head h)
              and e.seq > (select h.snapshot_seq from head h)
            """;

    private final Months months;
    private final String text;

    /** A read of customers whose current state lies in some months. */
    CurrentRead(Months months) {
        this.months = months;
        this.text =
                TEXT.replace("{from}", months.from().toString())
                        .replace("{to}", months.to().toString());
    }

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

    /** The months that are looked into. */
    Months months() {
        return months;
    }

    /**
     * Reads a customer's current state. Rows outside of the months are missing from the answer; the
     * head tells whether there are any.
     */
    Rows rows(EntityManager em, String customerId) {
        var head = Head.NONE;
        var snapshots = new ArrayList<SnapshotRow>();
        var events = new ArrayList<EventRow>();
        for (var row : query(em, customerId)) {
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
    private List<Row> query(EntityManager em, String customerId) {
        return em.createNativeQuery(text, "CurrentRead")
                .setParameter("customer", customerId)
                .getResultList();
    }
}
