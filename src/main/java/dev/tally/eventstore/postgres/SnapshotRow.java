package dev.tally.eventstore.postgres;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import java.io.Serializable;
import java.time.Instant;

/** The state that opens a generation, inserted once. */
@Entity
@Table(schema = "tally", name = "snapshot")
@IdClass(SnapshotRow.Key.class)
class SnapshotRow {

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
    @Column(name = "event_time", updatable = false)
    Instant eventTime;

    @Column(name = "seq", updatable = false)
    int seq;

    @Column(name = "fingerprint", updatable = false)
    long fingerprint;

    @Column(name = "snapshot_data", updatable = false)
    byte[] snapshotData;

    /** The primary key. */
    record Key(String customerId, String streamType, int generation, Instant eventTime)
            implements Serializable {}
}
