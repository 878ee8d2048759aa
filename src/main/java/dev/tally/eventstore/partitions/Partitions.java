package dev.tally.eventstore.partitions;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/** Shows operators the partitions and takes their requests to the job. */
@ApplicationScoped
public class Partitions {

    @Inject PartitionSql sql;
    @Inject Holds holds;
    @Inject InstantSource clock;

    /**
     * A partition, as view {@code partition_tier} has it, column by column.
     *
     * @param progress part of the step under way that is done, from 0 to 1; null if no step is
     * @param state {@code MISSING} if it is not attached, whatever it was before
     * @param difference difference from PostgreSQL's own catalogue; null if there is none
     * @param erasedSince time since which its file may contain bytes of erased rows; null if it
     *     contains none
     */
    public record Description(
            String name,
            String table,
            Instant startsAt,
            Instant endsAt,
            String tier,
            String state,
            Instant since,
            String tablespace,
            Long bytes,
            long rows,
            boolean rowsAreExact,
            Double progress,
            Instant requestedAt,
            String lastError,
            Instant failedAt,
            String legalHold,
            String heldBy,
            Instant heldAt,
            Instant retiredAt,
            Instant detachedAt,
            Long detachedBytes,
            String difference,
            Instant erasedSince) {}

    /**
     * State of the job, as table {@code partition_job} has it; null where nothing has happened yet.
     */
    public record Job(
            boolean paused,
            String pausedBy,
            Instant pausedAt,
            Instant lastRunAt,
            Instant lastSuccessAt,
            String lastError,
            Instant failedAt) {}

    /**
     * Largest difference between the nodes' clocks. A node whose clock is late must not find its
     * month closed; function {@code mark_month} has the same limit.
     */
    private static final Duration MOST_THAT_CLOCKS_DIFFER = Duration.ofHours(1);

    /** True if events may still come to a month that ends at a time. */
    public static boolean takesAppends(Instant endsAt, Instant now) {
        return endsAt.plus(MOST_THAT_CLOCKS_DIFFER).isAfter(now);
    }

    /** The time from which on there are no partitions. */
    public Instant end() {
        return sql.query(
                        "select tally.partitions_end() as ends",
                        row -> PartitionSql.time(row, "ends"))
                .getFirst();
    }

    /** Number of differences between PostgreSQL's catalogue and table {@code partition}. */
    public long differences() {
        return sql.query("select count(*) from tally.partition_difference", row -> row.getLong(1))
                .getFirst();
    }

    /** All partitions, youngest first. */
    public List<Description> all() {
        return sql.query(
                "select * from tally.partition_tier order by starts_at desc, name",
                Partitions::description);
    }

    public Optional<Description> find(String name) {
        return sql
                .query(
                        "select * from tally.partition_tier where name = ?",
                        Partitions::description,
                        name)
                .stream()
                .findFirst();
    }

    /** Asks the job to take a partition, and all that are older, to the archive before its time. */
    public void request(String name) {
        sql.update(
                """
                update tally.partition set requested_at = coalesce(requested_at, ?)
                where name = ? and state = 'HOT'
                """,
                now(),
                name);
    }

    /**
     * Puts the month of a partition under legal hold, events and snapshots, so that nothing of it
     * is erased or dropped; or ends the hold.
     *
     * @param reason reason of the hold; null ends it
     */
    public void hold(String name, String reason, String by) {
        holds.put(name, reason, by);
    }

    public Job job() {
        return sql.query("select * from tally.partition_job", Partitions::job).getFirst();
    }

    /** Pauses the job after the batch under way, on whichever node; or lets it go on. */
    public void pause(boolean paused, String by) {
        sql.update(
                """
                update tally.partition_job
                set paused = ?, paused_by = case when ? then ? end, paused_at = case when ? then ?::timestamptz end
                where paused <> ?
                """,
                paused,
                paused,
                by,
                paused,
                now(),
                paused);
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }

    private static Description description(ResultSet row) throws SQLException {
        var progress = row.getBigDecimal("progress");
        return new Description(
                row.getString("name"),
                row.getString("table_name"),
                PartitionSql.time(row, "starts_at"),
                PartitionSql.time(row, "ends_at"),
                row.getString("tier"),
                row.getString("state"),
                PartitionSql.time(row, "since"),
                row.getString("tablespace"),
                row.getObject("bytes", Long.class),
                row.getLong("row_count"),
                row.getBoolean("row_count_is_exact"),
                progress == null ? null : progress.doubleValue(),
                PartitionSql.time(row, "requested_at"),
                row.getString("last_error"),
                PartitionSql.time(row, "failed_at"),
                row.getString("legal_hold"),
                row.getString("held_by"),
                PartitionSql.time(row, "held_at"),
                PartitionSql.time(row, "retired_at"),
                PartitionSql.time(row, "detached_at"),
                row.getObject("detached_bytes", Long.class),
                row.getString("difference"),
                PartitionSql.time(row, "erased_since"));
    }

    private static Job job(ResultSet row) throws SQLException {
        return new Job(
                row.getBoolean("paused"),
                row.getString("paused_by"),
                PartitionSql.time(row, "paused_at"),
                PartitionSql.time(row, "last_run_at"),
                PartitionSql.time(row, "last_success_at"),
                row.getString("last_error"),
                PartitionSql.time(row, "failed_at"));
    }
}
