package dev.tally.eventstore.partitions;

import dev.tally.eventstore.Aggregate;

import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads and changes table {@code partition}, on one connection of the owner. */
final class PartitionTable {

    /** Heads searched in one run for customers with a snapshot, since most customers have none. */
    private static final int HEADS_LOOKED_AT = 1_000;

    private final Connection connection;

    PartitionTable(Connection connection) {
        this.connection = connection;
    }

    /**
     * Makes this node the only one that runs the job, until the connection ends or {@link #resign}.
     *
     * @return false if another node runs it
     */
    boolean lead() throws SQLException {
        return ask(
                "select pg_try_advisory_lock(hashtext('tally.partition_job'))",
                row -> row.getBoolean(1));
    }

    void resign() throws SQLException {
        run("select pg_advisory_unlock(hashtext('tally.partition_job'))");
    }

    boolean isPaused() throws SQLException {
        return ask("select paused from tally.partition_job", row -> row.getBoolean(1));
    }

    void began(Instant now) throws SQLException {
        run("update tally.partition_job set last_run_at = ?", at(now));
    }

    /** Notes the end of a run that did every step that was due. */
    void ended(Failures failures, Instant now) throws SQLException {
        if (failures.isEmpty()) {
            run("update tally.partition_job set last_success_at = ?", at(now));
        }
        if (!failures.ofJob()) {
            run("update tally.partition_job set last_error = null, failed_at = null");
        }
    }

    void create(String table, Instant month) throws SQLException {
        run("select tally.create_partition(?, ?)", table, at(month));
    }

    /**
     * Differences between PostgreSQL's catalogue and table {@code partition}, each as {@code name:
     * difference}.
     */
    List<String> differences() throws SQLException {
        return ask(
                """
                select coalesce(array_agg(name || ': ' || difference order by name, difference), '{}')
                from tally.partition_difference
                """,
                row -> List.of((String[]) row.getArray(1).getArray()));
    }

    List<Partition> all() throws SQLException {
        try (var query =
                        connection.prepareStatement(
                                """
                                select name, starts_at, ends_at, state, since,
                                    requested_at is not null as requested,
                                    legal_hold is not null as held,
                                    row_count is not distinct from 0 as empty, detached_at
                                from tally.partition
                                """);
                var rows = query.executeQuery()) {
            var partitions = new ArrayList<Partition>();
            while (rows.next()) {
                partitions.add(
                        new Partition(
                                rows.getString("name"),
                                PartitionSql.time(rows, "starts_at"),
                                PartitionSql.time(rows, "ends_at"),
                                Partition.State.of(rows.getString("state")),
                                PartitionSql.time(rows, "since"),
                                rows.getBoolean("requested"),
                                rows.getBoolean("held"),
                                rows.getBoolean("empty"),
                                PartitionSql.time(rows, "detached_at")));
            }
            return partitions;
        }
    }

    /**
     * Customers to roll forward.
     *
     * @param customers customers whose current generation opened in the month
     * @param last last customer that was looked at; null if there are no more
     * @param lookedAt number of customers that were looked at
     */
    record Batch(List<String> customers, String last, int lookedAt) {}

    Batch nextToRollForward(Instant month, int customers) throws SQLException {
        return ask(
                """
                with p as (
                    select starts_at, ends_at, coalesce(done_to, '') as done_to
                    from tally.partition where starts_at = ? limit 1
                ),
                batch as materialized (
                    select customer_id, snapshot_time
                    from tally.customer
                    where customer_id > (select done_to from p)
                    order by customer_id
                    limit ?
                )
                select
                    coalesce(
                        array_agg(customer_id order by customer_id)
                            filter (where snapshot_time >= p.starts_at and snapshot_time < p.ends_at),
                        '{}'),
                    max(customer_id), count(*)
                from batch cross join p
                """,
                row ->
                        new Batch(
                                List.of((String[]) row.getArray(1).getArray()),
                                row.getString(2),
                                row.getInt(3)),
                at(month),
                customers);
    }

    void rolledForward(Instant month, Batch batch) throws SQLException {
        run(
                """
                update tally.partition
                set done_to = ?, rows_done = rows_done + ?, last_error = null, failed_at = null
                where starts_at = ? and state = 'HOT'
                """,
                batch.last(),
                batch.lookedAt(),
                at(month));
    }

    /**
     * Some customers that have snapshots, after those of the last run.
     *
     * @param last last customer that was looked at; null if there are no more, and the next run
     *     starts again
     */
    record Sample(List<String> customers, String last) {}

    Sample nextToCheck(int customers) throws SQLException {
        return ask(
                """
                with heads as materialized (
                    select customer_id, snapshot_seq >= first_seq as has_snapshot
                    from tally.customer
                    where customer_id
                        > (select coalesce(checked_to, '') from tally.partition_job)
                    order by customer_id
                    limit ?
                ),
                chosen as materialized (
                    select customer_id from heads where has_snapshot
                    order by customer_id
                    limit ?
                )
                select
                    (select coalesce(array_agg(customer_id), '{}') from chosen),
                    case
                        when (select count(*) from chosen) = ?
                            then (select max(customer_id) from chosen)
                        else (select max(customer_id) from heads)
                    end
                """,
                row -> new Sample(List.of((String[]) row.getArray(1).getArray()), row.getString(2)),
                HEADS_LOOKED_AT,
                customers,
                customers);
    }

    void checked(Sample sample) throws SQLException {
        run("update tally.partition_job set checked_to = ?", sample.last());
    }

    void mark(Instant month) throws SQLException {
        run("select tally.mark_month(?)", at(month));
    }

    void beginCopy(String partition, String tablespace) throws SQLException {
        run("select tally.begin_copy(?, ?)", partition, tablespace);
    }

    void copyBatch(String partition, int rows) throws SQLException {
        run("select tally.copy_batch(?, ?)", partition, rows);
    }

    /**
     * Compares a batch of the copy with the original.
     *
     * @return empty if they are the same; else the difference, and the partition is copied again
     */
    Optional<String> verifyBatch(String partition, int rows) throws SQLException {
        var same =
                ask(
                        "select tally.verify_batch(?, ?) >= 0",
                        row -> row.getBoolean(1),
                        partition,
                        rows);
        if (same) return Optional.empty();
        return Optional.of(
                ask(
                        "select last_error from tally.partition where name = ?",
                        row -> row.getString(1),
                        partition));
    }

    /** Number of transactions that would not see the copy's rows. */
    int readersBefore(String partition) throws SQLException {
        return ask(
                "select tally.transactions_before(copied_by) from tally.partition where name = ?",
                row -> row.getInt(1),
                partition);
    }

    /**
     * Freezes and analyzes the copy, so that nobody else has to freeze the rows and the planner
     * knows them.
     */
    void freezeCopy(String partition) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(
                    "vacuum (freeze, analyze) tally."
                            + statement.enquoteIdentifier(partition + "_copy", false));
        }
    }

    void swap(String partition) throws SQLException {
        run("select tally.swap_partition(?)", partition);
    }

    void beginSift(String partition, String tablespace) throws SQLException {
        run("select tally.begin_sift(?, ?)", partition, tablespace);
    }

    /**
     * The next customers of a partition, with about as many rows as were asked for.
     *
     * @param last last of these customers; null if there are no more after them
     */
    record ToSift(List<String> customers, String last) {}

    ToSift nextToSift(String partition, int rows) throws SQLException {
        return ask(
                """
                select last, customers from tally.next_to_sift(?, ?)
                """,
                row -> new ToSift(List.of((String[]) row.getArray(2).getArray()), row.getString(1)),
                partition,
                rows);
    }

    /** An aggregate that a customer's state is made of. */
    record Needed(String customer, Aggregate aggregate) {}

    /**
     * Copies the rows that stay, up to a customer.
     *
     * @param last last customer of the batch; null: to the end
     * @param untouched customers whose rows all stay
     */
    void siftBatch(String partition, String last, List<Needed> needed, List<String> untouched)
            throws SQLException {
        run(
                "select tally.sift_batch(?, ?, ?, ?, ?, ?)",
                partition,
                last,
                texts(needed, Needed::customer),
                types(needed),
                texts(needed, n -> n.aggregate().id()),
                texts(untouched, customer -> customer));
    }

    private Array types(List<Needed> needed) throws SQLException {
        return connection.createArrayOf(
                "smallint",
                needed.stream().map(n -> (short) n.aggregate().type().number()).toArray());
    }

    private <T> Array texts(List<T> values, Function<T, String> text) throws SQLException {
        return connection.createArrayOf("text", values.stream().map(text).toArray());
    }

    void retire(String partition) throws SQLException {
        run("select tally.retire_partition(?)", partition);
    }

    void dropRetired(String partition) throws SQLException {
        run("select tally.drop_retired(?)", partition);
    }

    /** Ids of the erasures under way, oldest first. */
    List<String> erasuresUnderWay() throws SQLException {
        return ask(
                """
                select coalesce(array_agg(erasure_id order by requested_at), '{}')
                from tally.erasure where completed_at is null
                """,
                row -> List.of((String[]) row.getArray(1).getArray()));
    }

    /**
     * The customer whose account an erasure has to empty first.
     *
     * @return empty if the account has been emptied
     * @throws SQLException if the customer has rows under legal hold
     */
    Optional<String> customerToEmpty(String erasure) throws SQLException {
        return ask(
                """
                select max(customer_id), count(tally.refuse_held_customer(customer_id, null))
                from tally.erasure
                where erasure_id = ? and completed_at is null and not tally.is_emptied(erasure)
                """,
                row -> Optional.ofNullable(row.getString(1)),
                erasure);
    }

    /** Records the event number with which the new life of the customer is about to begin. */
    void announce(String erasure, int firstSeq) {
        try {
            run("update tally.erasure set first_seq = ? where erasure_id = ?", firstSeq, erasure);
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    void eraseBatch(String erasure, int rows) throws SQLException {
        run("select tally.erase_batch(?, ?)", erasure, rows);
    }

    /** Records a failure at the subject of its step. */
    void failed(Step step, String why, Instant now) throws SQLException {
        switch (step) {
            case Step.Create s -> jobFailed(s.subject() + ": " + why, now);
            case Step.CheckSnapshots s -> jobFailed(s.subject() + ": " + why, now);
            case Step.Erase s ->
                    run(
                            "update tally.erasure set last_error = ?, failed_at = ? where"
                                    + " erasure_id = ?",
                            why,
                            at(now),
                            s.subject());
            case Step.RollForward s -> partitionFailed(s, why, now);
            case Step.BeginCopy s -> partitionFailed(s, why, now);
            case Step.CopyBatch s -> partitionFailed(s, why, now);
            case Step.VerifyBatch s -> partitionFailed(s, why, now);
            case Step.Swap s -> partitionFailed(s, why, now);
            case Step.BeginSift s -> partitionFailed(s, why, now);
            case Step.SiftBatch s -> partitionFailed(s, why, now);
            case Step.Retire s -> partitionFailed(s, why, now);
            case Step.DropRetired s -> partitionFailed(s, why, now);
        }
    }

    private void partitionFailed(Step step, String why, Instant now) throws SQLException {
        run(
                "update tally.partition set last_error = ?, failed_at = ? where name = ?",
                why,
                at(now),
                step.subject());
    }

    private void jobFailed(String why, Instant now) throws SQLException {
        run("update tally.partition_job set last_error = ?, failed_at = ?", why, at(now));
    }

    private <T> T ask(String sql, PartitionSql.Read<T> read, Object... parameters)
            throws SQLException {
        try (var statement = PartitionSql.prepare(connection, sql, parameters);
                var row = statement.executeQuery()) {
            if (!row.next()) {
                throw new SQLException("nothing came of " + sql);
            }
            return read.from(row);
        }
    }

    private void run(String sql, Object... parameters) throws SQLException {
        try (var statement = PartitionSql.prepare(connection, sql, parameters)) {
            statement.execute();
        }
    }

    private static OffsetDateTime at(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
