package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Head;

import jakarta.persistence.Column;
import jakarta.persistence.ColumnResult;
import jakarta.persistence.ConstructorResult;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.SqlResultSetMapping;
import jakarta.persistence.Table;

import java.time.Instant;

/**
 * The head of one customer. The row is persisted with the first append. From then on only the
 * compare-and-set of {@link HistoryRows} moves it, never Hibernate's detection of changes.
 */
@Entity
@Table(schema = "tally", name = "customer")
@SqlResultSetMapping(
        name = "CurrentRead",
        classes =
                @ConstructorResult(
                        targetClass = CurrentRead.Row.class,
                        columns = {
                            @ColumnResult(name = "kind", type = int.class),
                            @ColumnResult(name = "seq", type = int.class),
                            @ColumnResult(name = "at", type = Instant.class),
                            @ColumnResult(name = "generation", type = int.class),
                            @ColumnResult(name = "revision", type = Long.class),
                            @ColumnResult(name = "number_1", type = Integer.class),
                            @ColumnResult(name = "number_2", type = Integer.class),
                            @ColumnResult(name = "number_3", type = Integer.class),
                            @ColumnResult(name = "at_2", type = Instant.class),
                            @ColumnResult(name = "type", type = Short.class),
                            @ColumnResult(name = "id", type = String.class),
                            @ColumnResult(name = "bytes", type = byte[].class),
                            @ColumnResult(name = "command", type = String.class)
                        }))
class CustomerRow {

    @Id
    @Column(name = "customer_id")
    String customerId;

    @Column(name = "revision")
    long revision;

    @Column(name = "generation")
    int generation;

    @Column(name = "first_seq")
    int firstSeq;

    @Column(name = "last_seq")
    int lastSeq;

    @Column(name = "last_time")
    Instant lastTime;

    @Column(name = "snapshot_seq")
    int snapshotSeq;

    @Column(name = "snapshot_time")
    Instant snapshotTime;

    @Column(name = "generation_bytes")
    int generationBytes;

    static CustomerRow of(String customerId, Head head) {
        var row = new CustomerRow();
        row.customerId = customerId;
        row.revision = head.revision();
        row.generation = head.generation();
        row.firstSeq = head.firstSeq();
        row.lastSeq = head.lastSeq();
        row.lastTime = head.lastAt();
        row.snapshotSeq = head.snapshotSeq();
        row.snapshotTime = head.snapshotAt();
        row.generationBytes = head.generationBytes();
        return row;
    }

    Head head() {
        return new Head(
                revision,
                generation,
                firstSeq,
                lastSeq,
                lastTime,
                snapshotSeq,
                snapshotTime,
                generationBytes);
    }
}
