package dev.tally.eventstore.postgres;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import java.io.Serializable;
import java.time.Instant;

/** One event, inserted once. The database adds the transaction id by itself. */
@Entity
@Table(schema = "tally", name = "event")
@IdClass(EventRow.Key.class)
class EventRow {

    @Id
    @Column(name = "customer_id", updatable = false)
    String customerId;

    @Id
    @Column(name = "stream_type", updatable = false)
    String streamType;

    @Id
    @Column(name = "generation", updatable = false)
    int generation;

    @Id
    @Column(name = "seq", updatable = false)
    int seq;

    @Id
    @Column(name = "event_time", updatable = false)
    Instant eventTime;

    @Column(name = "aggregate_id", updatable = false)
    String aggregateId;

    @Column(name = "event_mapper", updatable = false)
    String eventMapper;

    @Column(name = "event_data", updatable = false)
    byte[] eventData;

    @Column(name = "command_id", updatable = false)
    String commandId;

    @Column(name = "command_hash", updatable = false)
    int commandHash;

    /** The primary key. */
    record Key(String customerId, String streamType, int generation, int seq, Instant eventTime)
            implements Serializable {}
}
