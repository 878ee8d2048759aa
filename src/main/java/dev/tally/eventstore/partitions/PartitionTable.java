package dev.tally.eventstore.partitions;

import dev.tally.eventstore.StreamType;

import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Table {@code partition} and the functions that change it, on one connection of the owner. */
final class PartitionTable {

    /** Most customers have no snapshot: of so many streams those that have one are checked. */
    private static final int HEADS_LOOKED_AT = 1_000;

    private final Connection connection;

    PartitionTable(Connection connection) {
        this.connection = connection;
    }

    /**
     * Makes this the one job of all nodes; ends with the connection or with {@link #resign}.
     *
     * @return false: another is
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

    void succeeded(Instant now) throws SQLException {
        run("update tally.partition_job set last_success_at = ?", at(now));
    }

    /** Partitions of the current month and so many after it; says how many were new. */
    int createAhead(Instant now, int months) throws SQLException {
        return ask("select tally.create_partitions(?, ?)", row -> row.getInt(1), at(now), months);
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
                                Partition.State.valueOf(rows.getString("state")),
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
     * The next customers, those with about so many streams.
     *
     * @param customers that have a stream whose generation opened in the month
     * @param last of the batch; null: there are no more
     */
    record Batch(List<String> customers, String last, int streams) {}

    Batch nextToRollForward(Instant month, int streams) throws SQLException {
        try (var query =
                connection.prepareStatement(
                        """
                        with p as (
                            select starts_at, ends_at, coalesce(done_to, '') as done_to
                            from tally.partition where starts_at = ? limit 1
                        ),
                        batch as materialized (
                            select s.customer_id
                            from tally.stream s
                            where s.customer_id > (select done_to from p)
                            order by s.customer_id
                            limit ?
                        )
                        select s.customer_id, bool_or(s.opened_at >= p.starts_at and s.opened_at < p.ends_at), count(*)
                        from p
                        join tally.stream s
                            on s.customer_id > p.done_to
                            and s.customer_id <= (select max(customer_id) from batch)
                        group by s.customer_id
                        order by s.customer_id
                        """)) {
            query.setObject(1, at(month));
            query.setInt(2, streams);
            var customers = new ArrayList<String>();
            String last = null;
            int count = 0;
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    last = rows.getString(1);
                    count += rows.getInt(3);
                    if (rows.getBoolean(2)) customers.add(last);
                }
            }
            return new Batch(customers, last, count);
        }
    }

    void rolledForward(Instant month, Batch batch) throws SQLException {
        run(
                """
                update tally.partition
                set done_to = ?, rows_done = rows_done + ?, last_error = null, failed_at = null
                where starts_at = ? and state = 'HOT'
                """,
                batch.last(),
                batch.streams(),
                at(month));
    }

    /**
     * Some customers that have snapshots, after those of the last time.
     *
     * @param last of those that were looked at; null: there are no more, and it begins anew
     */
    record Sample(List<String> customers, String last) {}

    Sample nextToCheck(int customers) throws SQLException {
        return ask(
                """
                with heads as materialized (
                    select customer_id, generation from tally.stream
                    where customer_id
                        > (select coalesce(checked_to, '') from tally.partition_job)
                    order by customer_id
                    limit ?
                ),
                chosen as materialized (
                    select distinct customer_id from heads where generation > 1
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
     * Compares a batch.
     *
     * @return false: they differ, and the partition will be copied again
     */
    boolean verifyBatch(String partition, int rows) throws SQLException {
        return ask(
                "select tally.verify_batch(?, ?) >= 0", row -> row.getBoolean(1), partition, rows);
    }

    /** Transactions that would not see the copy's rows. */
    int readersBefore(String partition) throws SQLException {
        return ask(
                "select tally.transactions_before(copied_by) from tally.partition where name = ?",
                row -> row.getInt(1),
                partition);
    }

    /** After it nobody else has to freeze the rows, and the planner knows them. */
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
     * The next customers of a partition, those with about so many rows.
     *
     * @param last null: there are no more after these
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
    record Needed(String customer, StreamType type, String aggregate) {}

    /**
     * Copies what stays of the rows up to a customer.
     *
     * @param last null: to the end
     * @param untouched customers of whom everything stays
     * @param folded the stream types that the needed aggregates are of; of others everything stays
     */
    void siftBatch(
            String partition,
            String last,
            List<Needed> needed,
            List<String> untouched,
            List<StreamType> folded)
            throws SQLException {
        run(
                "select tally.sift_batch(?, ?, ?, ?::\"char\"[], ?, ?, ?::\"char\"[])",
                partition,
                last,
                texts(needed, Needed::customer),
                texts(needed, n -> String.valueOf(n.type().code())),
                texts(needed, Needed::aggregate),
                texts(untouched, customer -> customer),
                texts(folded, type -> String.valueOf(type.code())));
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

    /** Oldest first. */
    List<String> erasuresUnderWay() throws SQLException {
        return ask(
                """
                select coalesce(array_agg(erasure_id order by requested_at), '{}')
                from tally.erasure where completed_at is null
                """,
                row -> List.of((String[]) row.getArray(1).getArray()));
    }

    void eraseBatch(String erasure, int rows) throws SQLException {
        run("select tally.erase_batch(?, ?)", erasure, rows);
    }

    void failed(Step step, String why, Instant now) throws SQLException {
        var sql =
                step instanceof Step.Erase
                        ? "update tally.erasure set last_error = ?, failed_at = ? where erasure_id"
                                + " = ?"
                        : "update tally.partition set last_error = ?, failed_at = ? where name = ?";
        run(sql, why, at(now), step.subject());
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
