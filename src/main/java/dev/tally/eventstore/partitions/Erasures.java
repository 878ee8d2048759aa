package dev.tally.eventstore.partitions;

import dev.tally.availability.LostWrites;
import dev.tally.availability.LostWrites.Found;
import dev.tally.availability.LostWrites.Kind;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.partitions.RequestedErasures.Request;
import dev.tally.runtime.Ids;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Begins and finds the erasures of customers. */
@ApplicationScoped
public class Erasures {

    private static final Logger LOG = Logger.getLogger(Erasures.class.getName());

    /**
     * Inserts a request that was lost. If another erasure of the customer is under way, it has to
     * wait for that. If another one was requested later and is complete, so is this one: what the
     * customer has stored since is not to be erased.
     */
    private static final String REQUEST_AGAIN =
            """
            insert into tally.erasure (erasure_id, customer_digest, customer_id, first_seq,
                requested_by, requested_at, completed_at)
            select r.erasure_id, r.customer_digest,
                case when other.erasure_id is null then r.customer_id end, other.first_seq,
                r.requested_by, r.requested_at, other.completed_at
            from (values (?, sha256(convert_to(?, 'UTF8')), ?, ?, cast(? as timestamptz)))
                as r (erasure_id, customer_digest, customer_id, requested_by, requested_at)
            left join lateral (
                select * from tally.erasure e
                where e.customer_digest = r.customer_digest
                  and (e.customer_id is not null or e.requested_at > r.requested_at)
                order by e.customer_id is null, e.requested_at desc limit 1) as other on true
            where other.customer_id is null
            on conflict do nothing
            """;

    @Inject PartitionSql sql;
    @Inject EventStore store;
    @Inject InstantSource clock;
    @Inject LostWrites said;

    private final RequestedErasures requested = new RequestedErasures();

    /** Requests that were found lost, and that are not in the database again yet. */
    private final Set<String> waiting = new HashSet<>();

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
        eraseDenials(id);
        var erasure = find(id).orElseThrow();
        requested.add(new Request(id, customerId, erasure.requestedBy(), erasure.requestedAt()));
        return erasure;
    }

    /**
     * Looks for all requests that this node remembers, and requests again what another server of
     * the database has lost, under the same id: an erasure is a promise to a person. Everything
     * that the customer has then is erased, as if an operator had asked again.
     *
     * @return true if the job has something to do
     */
    synchronized boolean requestLostAgain() {
        var found = new Found();
        var isAny = false;
        try {
            for (var request : lost()) isAny |= requestAgain(request, found);
        } finally {
            said.say(Kind.ERASURE, found);
        }
        return isAny;
    }

    private List<Request> lost() {
        var known = requested.all(clock.instant());
        var ids = known.stream().map(Request::erasureId).toArray(String[]::new);
        var lost =
                Set.copyOf(
                        sql.query(
                                """
                                select id from unnest(cast(? as text[])) as known (id)
                                where not exists (
                                    select from tally.erasure e where e.erasure_id = known.id)
                                """,
                                row -> row.getString(1),
                                (Object) ids));
        waiting.retainAll(lost);
        return known.stream().filter(request -> lost.contains(request.erasureId())).toList();
    }

    /**
     * Requests an erasure again, and tells of it the first time.
     *
     * @return false if it has to wait for another one
     */
    private boolean requestAgain(Request request, Found found) {
        var id = request.erasureId();
        sql.update(
                REQUEST_AGAIN,
                id,
                request.customerId(),
                request.customerId(),
                request.by(),
                request.at().atOffset(ZoneOffset.UTC));
        var isThere = find(id).isPresent();
        if (!isThere) {
            if (waiting.add(id)) found.add(id + " after another one of its customer");
        } else if (waiting.remove(id)) {
            LOG.log(Level.INFO, "Erasure {0}, which was lost, is requested again", id);
        } else {
            found.add(id);
        }
        return isThere;
    }

    /** True if a request has to wait for another erasure of its customer. */
    synchronized boolean waits() {
        return !waiting.isEmpty();
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

    /**
     * Erases the denials and the examples of simulations at once, since they are no part of the
     * account that is empty now. The job does it again at the end, if this node does not come to
     * it.
     */
    private void eraseDenials(String erasureId) {
        sql.call(
                """
                select tally.erase_denials(customer_id), tally.forget_simulated(customer_id)
                from tally.erasure where erasure_id = ? and customer_id is not null
                """,
                row -> row.getLong(1),
                erasureId);
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
