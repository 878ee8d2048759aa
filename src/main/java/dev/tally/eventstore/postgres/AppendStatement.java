package dev.tally.eventstore.postgres;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamHistory;
import dev.tally.eventstore.kryo.EventMappers;
import dev.tally.eventstore.postgres.Append.Change;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * The statement that stores an append: it moves the heads by compare-and-set and inserts events and
 * snapshots, in one round trip. Being one statement it takes effect as a whole or not at all, with
 * or without a transaction around it.
 *
 * <p>Rows come as arrays, one for each column, so that the text is the same for any number of them
 * and stays prepared.
 */
final class AppendStatement {

    /** A head whose revision is not the one that was read is not moved; then everything fails. */
    private static final String MOVE_HEADS_AND_STORE_EVENTS =
            """
            with head as (
                select *
                from unnest(?, ?, ?, ?, ?, ?)
                    as h (stream_type, generation, last_seq, opened_at, last_event_time, revision)
            ), moved as (
                update tally.stream s
                set generation = h.generation, last_seq = h.last_seq, opened_at = h.opened_at,
                    last_event_time = h.last_event_time, revision = h.revision
                from head h
                where s.customer_id = ?
                  and s.stream_type = h.stream_type
                  and s.revision = h.revision - 1
                returning 1
            ), opened as (
                insert into tally.stream
                    (stream_type, generation, last_seq, opened_at, last_event_time, revision,
                     customer_id)
                select h.*, ? from head h where h.revision = 0
                returning 1
            ), stored as (
                insert into tally.event
                    (stream_type, generation, seq, event_time, aggregate_id, event_mapper,
                     event_data, customer_id, command_id, command_hash)
                select e.*, ?, ?, ?
                from unnest(?, ?, ?, ?, ?, ?, ?) as e
            )
            """;

    private static final String STORE_SNAPSHOTS =
            """
            , kept as (
                insert into tally.snapshot
                    (stream_type, generation, seq, event_time, fingerprint, snapshot_data,
                     customer_id)
                select s.*, ?
                from unnest(?, ?, ?, ?, ?, ?) as s
            )
            """;

    private static final String OR_FAIL =
            """
            select case
                when (select count(*) from moved) + (select count(*) from opened) = ? then true
                else tally.lost_race(?)
            end
            """;

    private static final String USUAL = MOVE_HEADS_AND_STORE_EVENTS + OR_FAIL;
    private static final String CLOSING_GENERATIONS =
            MOVE_HEADS_AND_STORE_EVENTS + STORE_SNAPSHOTS + OR_FAIL;

    /** A snapshot as it is stored. */
    @SuppressWarnings("ArrayRecordComponent") // written once and let go, never compared
    record Snapshot(StreamHistory<?> opened, long fingerprint, byte[] bytes) {}

    private final String customerId;
    private final CommandId command;
    private final List<Change<?>> changes;
    private final List<Recorded> events;
    private final List<Snapshot> snapshots;
    private final EventMappers mappers;

    AppendStatement(
            String customerId,
            CommandId command,
            List<Change<?>> changes,
            List<Snapshot> snapshots,
            EventMappers mappers) {
        this.customerId = customerId;
        this.command = command;
        this.changes = changes;
        this.events = changes.stream().flatMap(change -> change.events().stream()).toList();
        this.snapshots = snapshots;
        this.mappers = mappers;
    }

    /**
     * Stores it.
     *
     * @throws SQLException with state 40001 if another append came first: nothing is stored
     */
    void execute(Connection connection) throws SQLException {
        try (var statement =
                connection.prepareStatement(snapshots.isEmpty() ? USUAL : CLOSING_GENERATIONS)) {
            var next = bindHeads(new Parameters(connection, statement));
            bindEvents(next);
            if (!snapshots.isEmpty()) bindSnapshots(next);
            next.number(changes.size()).text(customerId);
            statement.execute();
        }
    }

    private Parameters bindHeads(Parameters next) throws SQLException {
        return next.array(
                        "text",
                        String[]::new,
                        changes,
                        change -> change.after().fold().type().label())
                .array(
                        "int4",
                        Integer[]::new,
                        changes,
                        change -> change.after().head().generation())
                .array("int4", Integer[]::new, changes, change -> change.after().head().seq())
                .times(changes, change -> change.after().head().openedAt())
                .times(changes, change -> change.after().head().lastAt())
                .array("int8", Long[]::new, changes, change -> change.after().head().revision() - 1)
                .text(customerId)
                .text(customerId);
    }

    private void bindEvents(Parameters next) throws SQLException {
        next.text(customerId)
                .text(command.key())
                .number(command.fingerprint())
                .array("text", String[]::new, events, event -> event.type().label())
                .array("int4", Integer[]::new, events, Recorded::generation)
                .array("int4", Integer[]::new, events, Recorded::seq)
                .times(events, Recorded::at)
                .array("text", String[]::new, events, Recorded::aggregateId)
                .array("text", String[]::new, events, event -> mappers.of(event.event()).name())
                .array(
                        "bytea",
                        byte[][]::new,
                        events,
                        event -> mappers.of(event.event()).write(event.event()));
    }

    private void bindSnapshots(Parameters next) throws SQLException {
        next.text(customerId)
                .array(
                        "text",
                        String[]::new,
                        snapshots,
                        snapshot -> snapshot.opened().fold().type().label())
                .array(
                        "int4",
                        Integer[]::new,
                        snapshots,
                        snapshot -> snapshot.opened().head().generation())
                .array(
                        "int4",
                        Integer[]::new,
                        snapshots,
                        snapshot -> snapshot.opened().head().seq())
                .times(snapshots, snapshot -> snapshot.opened().head().openedAt())
                .array("int8", Long[]::new, snapshots, Snapshot::fingerprint)
                .array("bytea", byte[][]::new, snapshots, Snapshot::bytes);
    }

    /** Binds one parameter after the other. */
    private static final class Parameters {

        private final Connection connection;
        private final PreparedStatement statement;
        private int index;

        Parameters(Connection connection, PreparedStatement statement) {
            this.connection = connection;
            this.statement = statement;
        }

        Parameters text(String value) throws SQLException {
            statement.setString(++index, value);
            return this;
        }

        Parameters number(int value) throws SQLException {
            statement.setInt(++index, value);
            return this;
        }

        /** A column of rows. */
        <R, C> Parameters array(
                String sqlType, IntFunction<C[]> type, List<R> rows, Function<R, C> column)
                throws SQLException {
            var values = rows.stream().map(column).toArray(type);
            statement.setArray(++index, connection.createArrayOf(sqlType, values));
            return this;
        }

        <R> Parameters times(List<R> rows, Function<R, Instant> column) throws SQLException {
            return array("timestamptz", OffsetDateTime[]::new, rows, row -> utc(column.apply(row)));
        }

        /** The driver knows no instants. */
        private static OffsetDateTime utc(Instant time) {
            return time.atOffset(ZoneOffset.UTC);
        }
    }
}
