package dev.tally.eventstore.postgres;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcType;

import java.io.Serializable;
import java.time.Instant;

/** The state that opens a generation, as it is read again where the past is asked for. */
@Entity
@Immutable
@Table(schema = "tally", name = "snapshot")
@IdClass(SnapshotRow.Key.class)
class SnapshotRow {

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
    @Column(name = "event_time")
    Instant eventTime;

    @Column(name = "seq")
    int seq;

    @Column(name = "fingerprint")
    long fingerprint;

    @Column(name = "snapshot_data")
    byte[] snapshotData;

    /** The primary key. */
    record Key(String customerId, char streamType, int generation, Instant eventTime)
            implements Serializable {}
}
