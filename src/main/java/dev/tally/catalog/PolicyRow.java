package dev.tally.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import org.hibernate.annotations.ColumnTransformer;

import java.io.Serializable;
import java.time.Instant;

/** One version of one policy. A row is never changed. */
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

    @Column(name = "supersedes", updatable = false)
    int supersedes;

    @Column(name = "settings", updatable = false)
    @ColumnTransformer(read = "cast(settings as text)", write = "cast(? as jsonb)")
    String settings;

    @Column(name = "valid_from", updatable = false)
    Instant validFrom;

    @Column(name = "removed", updatable = false)
    boolean removed;

    /** The primary key. */
    record Key(String scope, String scopeId, int version) implements Serializable {}

    /**
     * The row of a version that this node writes.
     *
     * @param supersedes version before it; 0 if it is the first
     */
    static PolicyRow of(PolicyDocument document, int supersedes) {
        var row = new PolicyRow();
        row.scope = document.scope().label();
        row.scopeId = document.id();
        row.version = document.version();
        row.supersedes = supersedes;
        row.settings = document.settings().text();
        row.validFrom = document.validFrom();
        row.removed = document.removed();
        return row;
    }

    Key key() {
        return new Key(scope, scopeId, version);
    }

    boolean isOfSamePolicyAs(PolicyRow other) {
        return scope.equals(other.scope) && scopeId.equals(other.scopeId);
    }

    boolean hasBegun(Instant at) {
        return !validFrom.isAfter(at);
    }

    /**
     * The version in this row, as this node reads it.
     *
     * @param known scope of the row, which this node knows
     */
    PolicyDocument document(Scope known) {
        return new PolicyDocument(
                known, scopeId, version, PolicySettings.ofText(settings), validFrom, removed);
    }
}
