package dev.tally.eventstore.partitions;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.partitions.Partition.Trait;

import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads and changes table {@code partition}, on one connection of the owner. */
final class PartitionTable {

    private static final int CONNECTION_TIMEOUT_SECONDS = 1;

    /** Largest table that is written anew although it is attached: a second's work. */
    private static final long LARGEST_WRITTEN_WHILE_ATTACHED_BYTES = 64L << 20;

    /** The names of the last columns are those of {@link Trait}. */
    private static final String ALL =
            """
            select p.name, p.starts_at, p.ends_at, coalesce(p.retired_at, p.since) as since, p.detached_at,
                case when a.name is null then 'MISSING' else p.state end as state,
                p.requested_at is not null as requested,
                exists (
                    select from tally.partition m
                    where m.starts_at = p.starts_at and m.legal_hold is not null) as held,
                p.row_count is not distinct from 0 as empty,
                p.tier = 'HOT' as in_hot_tier,
                coalesce(e.erased_since <= ?, false) as to_rewrite,
                p.back_to is not null as being_rewritten,
                -- A partition that is attached may lack its copy only.
                case when a.name is null then tally.is_repairable(p) else tally.lacks_copy(p) end as repairable
            from tally.partition p
            left join tally.attached_partition a on a.name = p.name and a.table_name = p.parent_table
            left join tally.erased_from e on e.table_name = p.name
            """;

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

    void createDenialMonths(Instant now, int monthsAhead) throws SQLException {
        run("select tally.create_denial_months(?, ?)", at(now), monthsAhead);
    }

    /** Drops months of denials, but for those under legal hold; returns their tables' names. */
    List<String> dropDenialMonths(Instant endedBefore) throws SQLException {
        return ask(
                "select tally.drop_denial_months(?)",
                row -> List.of((String[]) row.getArray(1).getArray()),
                at(endedBefore));
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

    boolean isConnected() throws SQLException {
        return connection.isValid(CONNECTION_TIMEOUT_SECONDS);
    }

    /**
     * All partitions.
     *
     * @param erasedBefore time; a partition that rows were erased from before it is to be written
     *     anew
     */
    List<Partition> all(Instant erasedBefore) throws SQLException {
        try (var query = PartitionSql.prepare(connection, ALL, at(erasedBefore));
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
                                PartitionSql.time(rows, "detached_at"),
                                traits(rows)));
            }
            return partitions;
        }
    }

    private static Set<Trait> traits(ResultSet rows) throws SQLException {
        var traits = EnumSet.noneOf(Trait.class);
        for (var trait : Trait.values()) {
            if (rows.getBoolean(trait.name().toLowerCase(Locale.ROOT))) traits.add(trait);
        }
        return traits;
    }

    /**
     * Repairs what somebody did to a partition by hand.
     *
     * @return what was done; empty if nothing was to be repaired
     */
    Optional<String> repair(String partition) throws SQLException {
        return ask(
                "select tally.repair_partition(?)",
                row -> Optional.ofNullable(row.getString(1)),
                partition);
    }

    /** Tables other than listed partitions and their copies that are to be written anew. */
    List<String> tablesToRewrite(Instant erasedBefore) throws SQLException {
        return ask(
                """
                select coalesce(array_agg(table_name order by erased_since), '{}')
                from tally.erased_from e
                where erased_since <= ?
                  and not exists (
                      select from tally.partition p where e.table_name in (p.name, p.name || '_copy'))
                """,
                row -> List.of((String[]) row.getArray(1).getArray()),
                at(erasedBefore));
    }

    /**
     * Writes a table anew that is no listed partition. Its readers wait meanwhile, so an attached
     * table is only written anew if it is small.
     *
     * @return empty if it is done; else why it is not
     */
    Optional<String> rewriteTable(String name) throws SQLException {
        var isLarge =
                ask(
                        """
                        select coalesce(
                            bool_or(c.relispartition and pg_table_size(c.oid) > ?), false)
                        from pg_class c
                        where c.oid = to_regclass(?)
                          -- No command reads denials.
                          and not exists (select from tally.denial_month m where m.name = c.relname)
                        """,
                        row -> row.getBoolean(1),
                        LARGEST_WRITTEN_WHILE_ATTACHED_BYTES,
                        name);
        if (isLarge) {
            return Optional.of(
                    "It is attached and large, so its readers would wait: run vacuum (full) on"
                            + " it.");
        }
        var since =
                ask(
                        "select erased_since::text from tally.erased_from where table_name = ?",
                        row -> row.getString(1),
                        name);
        // The list has the name as a statement needs it, quoted where necessary.
        if (exists(name)) run("vacuum (full) " + name);
        run(
                "delete from tally.erased_from where table_name = ? and erased_since ="
                        + " ?::timestamptz",
                name,
                since);
        return Optional.empty();
    }

    private boolean exists(String table) throws SQLException {
        return ask("select to_regclass(?) is not null", row -> row.getBoolean(1), table);
    }

    void beginRewrite(String partition) throws SQLException {
        run("select tally.begin_rewrite(?)", partition);
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
        var subject = step.subject();
        switch (where(step)) {
            case JOB ->
                    run(
                            "update tally.partition_job set last_error = ?, failed_at = ?",
                            subject + ": " + why,
                            at(now));
            case ERASURE ->
                    run(
                            "update tally.erasure set last_error = ?, failed_at = ? where"
                                    + " erasure_id = ?",
                            why,
                            at(now),
                            subject);
            case PARTITION ->
                    run(
                            "update tally.partition set last_error = ?, failed_at = ? where name ="
                                    + " ?",
                            why,
                            at(now),
                            subject);
            case TABLE ->
                    run(
                            "update tally.erased_from set last_error = ?, failed_at = ? where"
                                    + " table_name = ?",
                            why,
                            at(now),
                            subject);
        }
    }

    /** Clears the error of a subject whose step has succeeded now. */
    void succeeded(Step step) throws SQLException {
        switch (where(step)) {
            case JOB ->
                    run(
                            """
                            update tally.partition_job set last_error = null, failed_at = null
                            where starts_with(last_error, ? || ': ')
                            """,
                            step.subject());
            case PARTITION ->
                    run(
                            """
                            update tally.partition set last_error = null, failed_at = null
                            where name = ? and last_error is not null
                            """,
                            step.subject());
            // Their functions do this themselves, or the table leaves the list.
            case ERASURE, TABLE -> {}
        }
    }

    /** Where the failure of a step is recorded. */
    private enum Where {
        JOB,
        ERASURE,
        PARTITION,
        TABLE
    }

    private static Where where(Step step) {
        return switch (step) {
            case Step.Create s -> Where.JOB;
            case Step.CompareWithCatalogue s -> Where.JOB;
            case Step.CheckSnapshots s -> Where.JOB;
            case Step.CreateDenialMonths s -> Where.JOB;
            case Step.DropDenialMonths s -> Where.JOB;
            case Step.Erase s -> Where.ERASURE;
            case Step.RewriteTable s -> Where.TABLE;
            case Step.Repair s -> Where.PARTITION;
            case Step.RollForward s -> Where.PARTITION;
            case Step.BeginCopy s -> Where.PARTITION;
            case Step.CopyBatch s -> Where.PARTITION;
            case Step.VerifyBatch s -> Where.PARTITION;
            case Step.BeginRewrite s -> Where.PARTITION;
            case Step.Swap s -> Where.PARTITION;
            case Step.BeginSift s -> Where.PARTITION;
            case Step.SiftBatch s -> Where.PARTITION;
            case Step.Retire s -> Where.PARTITION;
            case Step.DropRetired s -> Where.PARTITION;
        };
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
