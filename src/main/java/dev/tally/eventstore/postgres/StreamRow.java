package dev.tally.eventstore.postgres;

import dev.tally.eventstore.StreamHistory.Head;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityResult;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.ColumnResult;
import jakarta.persistence.SqlResultSetMapping;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.io.Serializable;
import java.time.Instant;

/**
 * The head of one stream. Its version is the compare-and-set that makes sequence numbers unique.
 *
 * <p>The result mapping reads heads, snapshots and events of a customer from one query, told apart
 * by {@code kind}: a row of a head fills the entity, the others leave it null.
 */
@Entity
@Table(schema = "tally", name = "stream")
@IdClass(StreamRow.Key.class)
@SqlResultSetMapping(
        name = StreamRow.HISTORY,
        entities = @EntityResult(entityClass = StreamRow.class),
        columns = {
            @ColumnResult(name = "kind", type = Integer.class),
            @ColumnResult(name = "row_type", type = String.class),
            @ColumnResult(name = "row_generation", type = Integer.class),
            @ColumnResult(name = "row_seq", type = Integer.class),
            @ColumnResult(name = "row_time", type = Instant.class),
            @ColumnResult(name = "aggregate_id", type = String.class),
            @ColumnResult(name = "event_mapper", type = String.class),
            @ColumnResult(name = "bytes", type = byte[].class),
            @ColumnResult(name = "command_id", type = String.class),
            @ColumnResult(name = "command_hash", type = Integer.class),
            @ColumnResult(name = "fingerprint", type = Long.class)
        })
class StreamRow {

    static final String HISTORY = "History";

    @Id
    @Column(name = "customer_id")
    String customerId;

    @Id
    @Column(name = "stream_type")
    String streamType;

    @Column(name = "generation")
    int generation;

    @Column(name = "last_seq")
    int lastSeq;

    @Column(name = "opened_at")
    Instant openedAt;

    @Column(name = "last_event_time")
    Instant lastEventTime;

    @Version
    @Column(name = "revision")
    long revision;

    /** The first append leaves revision 0 in the row, and 0 is what a stream without events has. */
    Head head() {
        return new Head(generation, lastSeq, openedAt, lastEventTime, revision + 1);
    }

    /** The primary key. */
    record Key(String customerId, String streamType) implements Serializable {}
}
