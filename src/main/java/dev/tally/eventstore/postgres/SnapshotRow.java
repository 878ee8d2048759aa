package dev.tally.eventstore.postgres;

import dev.tally.eventstore.codec.SnapshotCodec.Bytes;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;

import java.io.Serializable;
import java.time.Instant;

/** A customer's folded account, as one version of the fold made it. */
@Entity
@Immutable
@Table(schema = "tally", name = "snapshot")
@IdClass(SnapshotRow.Key.class)
class SnapshotRow {

    @Id
    @Column(name = "customer_id", updatable = false)
    String customerId;

    @Id
    @Column(name = "seq", updatable = false)
    int seq;

    @Id
    @Column(name = "schema_version", updatable = false)
    int schemaVersion;

    @Column(name = "event_time", updatable = false)
    Instant eventTime;

    @Column(name = "generation", updatable = false)
    int generation;

    @Column(name = "checksum", updatable = false)
    int checksum;

    @Column(name = "snapshot_data", updatable = false)
    byte[] snapshotData;

    static SnapshotRow of(
            String customerId, int seq, int schemaVersion, int generation, Instant at, Bytes of) {
        var row = new SnapshotRow();
        row.customerId = customerId;
        row.seq = seq;
        row.schemaVersion = schemaVersion;
        row.generation = generation;
        row.eventTime = at;
        row.checksum = of.checksum();
        row.snapshotData = of.bytes();
        return row;
    }

    Bytes bytes() {
        return new Bytes(checksum, snapshotData);
    }

    /** Key of a snapshot: two schema versions may each have one at the same number. */
    record Key(String customerId, int seq, int schemaVersion) implements Serializable {}
}
