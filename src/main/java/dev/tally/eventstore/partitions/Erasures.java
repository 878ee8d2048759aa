package dev.tally.eventstore.partitions;

import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.WrongVersion;
import dev.tally.runtime.Ids;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Begins and finds the erasures of customers. */
@ApplicationScoped
public class Erasures {

    private static final Logger LOG = Logger.getLogger(Erasures.class.getName());

    @Inject PartitionSql sql;
    @Inject EventStore store;
    @Inject InstantSource clock;

    /**
     * An erasure. It does not name the customer: a tombstone says nothing about them.
     *
     * @param completedAt time of completion; null while the erasure is under way
     * @param rowsErased number of events, snapshots and heads removed so far
     * @param bytesLeftIn tables whose files may still contain bytes of the removed rows; none when
     *     these tables have been written anew
     */
    public record Erasure(
            String erasureId,
            String requestedBy,
            Instant requestedAt,
            Instant completedAt,
            long rowsErased,
            String lastError,
            Instant failedAt,
            List<String> bytesLeftIn) {}

    /** Partitions under legal hold with rows of the customer, each as {@code name: reason}. */
    public List<String> heldPartitions(String customerId) {
        return sql.call(
                """
                select name || ': ' || legal_hold from tally.partition
                where name = any (tally.held_partitions_of(?, null)) order by name
                """,
                row -> row.getString(1),
                customerId);
    }

    /**
     * Erases a customer: the account is empty at once, and the rows are removed in the background.
     * An erasure that is under way is not begun again.
     */
    public Erasure request(String customerId, String by) {
        // One statement: an erasure that is under way may be completed at any moment.
        var id =
                sql.call(
                                """
                                insert into tally.erasure
                                    (erasure_id, customer_digest, customer_id, requested_by)
                                values (?, sha256(convert_to(?, 'UTF8')), ?, ?)
                                on conflict (customer_id)
                                    do update set requested_by = erasure.requested_by
                                returning erasure_id
                                """,
                                row -> row.getString(1),
                                Ids.next(),
                                customerId,
                                customerId,
                                by)
                        .getFirst();
        empty(id);
        return find(id).orElseThrow();
    }

    private void empty(String erasureId) {
        var customers =
                sql.call(
                        """
                        select customer_id, tally.refuse_held_customer(customer_id, null)
                        from tally.erasure where erasure_id = ? and not tally.is_emptied(erasure)
                        """,
                        row -> row.getString(1),
                        erasureId);
        for (var customer : customers) {
            try {
                Emptying.perform(
                        store,
                        customer,
                        clock.instant(),
                        firstSeq -> announce(erasureId, firstSeq));
            } catch (WrongVersion e) {
                LOG.log(Level.INFO, "Erasure {0} is left to the partition job", erasureId);
            }
        }
    }

    private void announce(String erasureId, int firstSeq) {
        sql.update(
                "update tally.erasure set first_seq = ? where erasure_id = ?", firstSeq, erasureId);
    }

    public Optional<Erasure> find(String erasureId) {
        return sql
                .query(
                        "select e.*, tally.bytes_left_in(e) from tally.erasure e where e.erasure_id"
                                + " = ?",
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
                PartitionSql.time(row, "failed_at"),
                List.of((String[]) row.getArray("bytes_left_in").getArray()));
    }
}
