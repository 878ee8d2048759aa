package dev.tally.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import org.hibernate.annotations.ColumnTransformer;

import java.io.Serializable;
import java.time.Instant;

/** One version of one policy; never changed. */
@Entity
@Table(schema = "tally", name = "policy")
@IdClass(PolicyRow.Key.class)
class PolicyRow {

    @Id
    @Column(name = "scope", updatable = false)
    String scope;

    @Id
    @Column(name = "scope_id", updatable = false)
    String scopeId;

    @Id
    @Column(name = "version", updatable = false)
    int version;

    @Column(name = "settings", updatable = false)
    @ColumnTransformer(read = "cast(settings as text)")
    String settings;

    @Column(name = "created_at", updatable = false)
    Instant createdAt;

    /** The primary key. */
    record Key(String scope, String scopeId, int version) implements Serializable {}
}
