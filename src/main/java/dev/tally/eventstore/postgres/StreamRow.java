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
    private String customerId;

    @Id
    @Column(name = "stream_type")
    private String streamType;

    @Column(name = "generation")
    private int generation;

    @Column(name = "last_seq")
    private int lastSeq;

    @Column(name = "opened_at")
    private Instant openedAt;

    @Column(name = "last_event_time")
    private Instant lastEventTime;

    @Version
    @Column(name = "revision")
    private long revision;

    /** For JPA. */
    protected StreamRow() {}

    StreamRow(String customerId, String streamType) {
        this.customerId = customerId;
        this.streamType = streamType;
    }

    /**
     * Moves the head. Only here are its fields written: in the container Hibernate notices a change
     * by code that it weaves into this class, and into no other.
     */
    void moveTo(Head head) {
        generation = head.generation();
        lastSeq = head.seq();
        openedAt = head.openedAt();
        lastEventTime = head.lastAt();
    }

    /** The first append leaves revision 0 in the row, and 0 is what a stream without events has. */
    Head head() {
        return new Head(generation, lastSeq, openedAt, lastEventTime, revision + 1);
    }

    /** The primary key. */
    record Key(String customerId, String streamType) implements Serializable {}
}
