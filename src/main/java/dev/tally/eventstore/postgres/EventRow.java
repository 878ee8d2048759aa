package dev.tally.eventstore.postgres;

import dev.tally.eventstore.StreamType;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcType;

import java.io.Serializable;
import java.time.Instant;

/** One event, as it is read again where the past is asked for. {@link HotPath} inserts it. */
@Entity
@Immutable
@Table(schema = "tally", name = "event")
@IdClass(EventRow.Key.class)
class EventRow {

    @Id
    @Column(name = "customer_id")
    String customerId;

    @Id
    @Column(name = "stream_type")
    @JdbcType(SingleByteChar.class)
    char streamType;

    @Id
    @Column(name = "generation")
    int generation;

    @Id
    @Column(name = "seq")
    int seq;

    @Id
    @Column(name = "event_time")
    Instant eventTime;

    @Column(name = "aggregate_id")
    String aggregateId;

    @Column(name = "event_mapper")
    int eventMapper;

    @Column(name = "event_data")
    byte[] eventData;

    @Column(name = "command_id")
    String commandId;

    @Column(name = "command_hash")
    int commandHash;

    Rows.Event event() {
        return new Rows.Event(
                StreamType.of(streamType),
                generation,
                seq,
                eventTime,
                aggregateId,
                eventMapper,
                eventData,
                commandId,
                commandHash);
    }

    /** The primary key. */
    record Key(String customerId, char streamType, int generation, int seq, Instant eventTime)
            implements Serializable {}
}
