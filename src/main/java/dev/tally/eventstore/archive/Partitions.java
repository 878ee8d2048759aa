package dev.tally.eventstore.archive;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import javax.sql.DataSource;

/** What an operator sees of the partitions, and what they may ask of the job. */
@ApplicationScoped
public class Partitions {

    @Resource(lookup = "jdbc/tallyOwner")
    DataSource owner;

    @Inject InstantSource clock;

    /**
     * A partition as view {@code partition_tier} has it, column by column.
     *
     * @param progress of the step under way, from 0 to 1; null: none is
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
            Instant failedAt) {}

    /** The job as table {@code partition_job} has it; null where nothing has happened yet. */
    public record Job(
            boolean paused,
            String pausedBy,
            Instant pausedAt,
            Instant lastRunAt,
            Instant lastSuccessAt) {}

    /** Youngest first. */
    public List<Description> all() {
        return query(
                "select * from tally.partition_tier order by starts_at desc, name",
                Partitions::description);
    }

    public Optional<Description> find(String name) {
        return query(
                        "select * from tally.partition_tier where name = ?",
                        Partitions::description,
                        name)
                .stream()
                .findFirst();
    }

    /** The job takes it, and all that are older, to the archive: not only when their time comes. */
    public void request(String name) {
        update(
                """
                update tally.partition set requested_at = coalesce(requested_at, ?)
                where name = ? and state = 'HOT'
                """,
                now(),
                name);
    }

    public Job job() {
        return query("select * from tally.partition_job", Partitions::job).getFirst();
    }

    /** Stops the job after the batch under way, on whichever node; or lets it go on. */
    public void pause(boolean paused, String by) {
        update(
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
                time(row, "starts_at"),
                time(row, "ends_at"),
                row.getString("tier"),
                row.getString("state"),
                time(row, "since"),
                row.getString("tablespace"),
                row.getObject("bytes", Long.class),
                row.getLong("row_count"),
                row.getBoolean("row_count_is_exact"),
                progress == null ? null : progress.doubleValue(),
                time(row, "requested_at"),
                row.getString("last_error"),
                time(row, "failed_at"));
    }

    private static Job job(ResultSet row) throws SQLException {
        return new Job(
                row.getBoolean("paused"),
                row.getString("paused_by"),
                time(row, "paused_at"),
                time(row, "last_run_at"),
                time(row, "last_success_at"));
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private interface Read<T> {
        T from(ResultSet row) throws SQLException;
    }

    private <T> List<T> query(String sql, Read<T> read, Object... parameters) {
        try (var connection = owner.getConnection();
                var statement = prepare(connection, sql, parameters);
                var rows = statement.executeQuery()) {
            var found = new ArrayList<T>();
            while (rows.next()) {
                found.add(read.from(rows));
            }
            return found;
        } catch (SQLException e) {
            throw new IllegalStateException("The partitions could not be read", e);
        }
    }

    private void update(String sql, Object... parameters) {
        try (var connection = owner.getConnection();
                var statement = prepare(connection, sql, parameters)) {
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException("The partitions could not be changed", e);
        }
    }

    private static PreparedStatement prepare(
            Connection connection, String sql, Object... parameters) throws SQLException {
        var statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }
}
