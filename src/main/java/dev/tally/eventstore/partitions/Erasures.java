package dev.tally.eventstore.partitions;

import dev.tally.runtime.Ids;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Customers who are to be forgotten, and those who were. */
@ApplicationScoped
public class Erasures {

    /** The first batch takes the heads, and with them what commands read: more need not wait. */
    private static final int FIRST_BATCH = 1;

    @Inject PartitionSql sql;

    /**
     * An erasure. It does not say whose: a tombstone says nothing about them.
     *
     * @param completedAt null: it is under way
     * @param rowsErased events, snapshots and heads so far
     */
    public record Erasure(
            String erasureId,
            String requestedBy,
            Instant requestedAt,
            Instant completedAt,
            long rowsErased,
            String lastError,
            Instant failedAt) {}

    /** Partitions with rows of the customer that must not be erased, with the reasons. */
    public List<String> heldPartitions(String customerId) {
        return sql.call(
                """
                select name || ': ' || legal_hold from tally.partition
                where name = any (tally.held_partitions_of(?)) order by name
                """,
                row -> row.getString(1),
                customerId);
    }

    /**
     * Erases a customer: their current state at once, everything else in the background. One that
     * is under way is not begun again.
     */
    public Erasure request(String customerId, String by) {
        sql.update(
                """
                insert into tally.erasure
                    (erasure_id, customer_digest, customer_id, requested_by)
                values (?, sha256(convert_to(?, 'UTF8')), ?, ?)
                on conflict (customer_id) do nothing
                """,
                Ids.next(),
                customerId,
                customerId,
                by);
        var id =
                sql.query(
                                "select erasure_id from tally.erasure where customer_id = ?",
                                row -> row.getString(1),
                                customerId)
                        .getFirst();
        sql.call("select tally.erase_batch(?, ?)", row -> row.getLong(1), id, FIRST_BATCH);
        return find(id).orElseThrow();
    }

    public Optional<Erasure> find(String erasureId) {
        return sql
                .query(
                        "select * from tally.erasure where erasure_id = ?",
                        Erasures::erasure,
                        erasureId)
                .stream()
                .findFirst();
    }

    private static Erasure erasure(ResultSet row) throws SQLException {
        return new Erasure(
                row.getString("erasure_id"),
                row.getString("requested_by"),
                PartitionSql.time(row, "requested_at"),
                PartitionSql.time(row, "completed_at"),
                row.getLong("rows_erased"),
                row.getString("last_error"),
                PartitionSql.time(row, "failed_at"));
    }
}
