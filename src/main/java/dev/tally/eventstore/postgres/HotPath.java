package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamHistory.Head;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.postgres.Append.Change;
import dev.tally.eventstore.postgres.Append.Snapshot;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * The two calls that a command makes of the database, one round trip each: functions of {@code
 * V007__read_and_append.sql}, which say there what they do and why.
 */
final class HotPath {

    private static final String READ = "select * from tally.read_streams(?, ?::\"char\"[])";

    /** The columns of what is read, in their order. */
    private static final int KIND = 1;

    private static final int STREAM_TYPE = 2;
    private static final int GENERATION = 3;
    private static final int SEQ = 4;
    private static final int EVENT_TIME = 5;
    private static final int OPENED_AT = 6;
    private static final int REVISION = 7;
    private static final int AGGREGATE_ID = 8;
    private static final int EVENT_MAPPER = 9;
    private static final int COMMAND_ID = 10;
    private static final int COMMAND_HASH = 11;
    private static final int FINGERPRINT = 12;
    private static final int BYTES = 13;

    private static final String APPEND =
            """
            select tally.append_to_streams(
                ?, ?, ?,
                ?::"char"[], ?, ?, ?, ?, ?,
                ?::"char"[], ?, ?, ?, ?, ?, ?,
                ?::"char"[], ?, ?)
            """;

    private HotPath() {}

    /** The streams as they stand now. */
    static Rows read(Connection connection, String customerId, Collection<StreamType> types)
            throws SQLException {
        try (var statement = connection.prepareStatement(READ)) {
            new Parameters(connection, statement).text(customerId).codes(types, type -> type);
            try (var result = statement.executeQuery()) {
                var rows = new Rows();
                while (result.next()) {
                    add(rows, result);
                }
                return rows;
            }
        }
    }

    private static void add(Rows rows, ResultSet row) throws SQLException {
        var kind = row.getString(KIND);
        var type = StreamType.of(row.getString(STREAM_TYPE).charAt(0));
        switch (kind) {
            case "head" ->
                    rows.add(
                            type,
                            new Head(
                                    row.getInt(GENERATION),
                                    row.getInt(SEQ),
                                    time(row, OPENED_AT),
                                    time(row, EVENT_TIME),
                                    row.getLong(REVISION) + 1));
            case "snapshot" ->
                    rows.add(
                            type,
                            new Snapshot(
                                    row.getInt(SEQ),
                                    row.getLong(FINGERPRINT),
                                    row.getBytes(BYTES)));
            case "event" ->
                    rows.add(
                            new Rows.Event(
                                    type,
                                    row.getInt(GENERATION),
                                    row.getInt(SEQ),
                                    time(row, EVENT_TIME),
                                    row.getString(AGGREGATE_ID),
                                    row.getInt(EVENT_MAPPER),
                                    row.getBytes(BYTES),
                                    row.getString(COMMAND_ID),
                                    row.getInt(COMMAND_HASH)));
            default -> throw new IllegalStateException("no kind of row " + kind);
        }
    }

    private static Instant time(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    /**
     * Stores an append, all of it or nothing.
     *
     * @throws SQLException with state 40001, or 23505 for a head, if another append came first
     */
    static void append(Connection connection, Append append, EventMappers mappers)
            throws SQLException {
        try (var statement = connection.prepareStatement(APPEND)) {
            var next = new Parameters(connection, statement);
            next.text(append.customerId())
                    .text(append.command().key())
                    .number(append.command().fingerprint());
            bindHeads(next, append.changes());
            bindEvents(next, append.events(), mappers);
            bindSnapshots(
                    next,
                    append.changes().stream().filter(change -> change.snapshot() != null).toList());
            statement.execute();
        }
    }

    /** The first append leaves revision 0 in the row, and 0 is what a stream without events has. */
    private static void bindHeads(Parameters next, List<Change<?>> changes) throws SQLException {
        next.codes(changes, change -> change.after().fold().type())
                .array(Short[]::new, changes, change -> (short) head(change).generation())
                .array(Integer[]::new, changes, change -> head(change).seq())
                .times(changes, change -> head(change).openedAt())
                .times(changes, change -> head(change).lastAt())
                .array(Long[]::new, changes, change -> head(change).revision() - 1);
    }

    private static Head head(Change<?> change) {
        return change.after().head();
    }

    private static void bindEvents(Parameters next, List<Recorded> events, EventMappers mappers)
            throws SQLException {
        next.codes(events, Recorded::type)
                .array(Short[]::new, events, event -> (short) event.generation())
                .array(Integer[]::new, events, Recorded::seq)
                .times(events, Recorded::at)
                .array(String[]::new, events, Recorded::aggregateId)
                .array(Short[]::new, events, event -> (short) mappers.of(event.event()).number())
                .array(
                        byte[][]::new,
                        events,
                        event -> mappers.of(event.event()).write(event.event()));
    }

    private static void bindSnapshots(Parameters next, List<Change<?>> closing)
            throws SQLException {
        next.codes(closing, change -> change.after().fold().type())
                .array(Long[]::new, closing, change -> change.snapshot().fingerprint())
                .array(byte[][]::new, closing, change -> change.snapshot().bytes());
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

        /** A column of rows. An array of the driver's making would be found by reflection. */
        <R, C> Parameters array(IntFunction<C[]> type, Collection<R> rows, Function<R, C> column)
                throws SQLException {
            statement.setObject(++index, rows.stream().map(column).toArray(type));
            return this;
        }

        <R> Parameters codes(Collection<R> rows, Function<R, StreamType> type) throws SQLException {
            return array(String[]::new, rows, row -> String.valueOf(type.apply(row).code()));
        }

        /** The driver knows no instants, and times only in arrays that it made. */
        <R> Parameters times(List<R> rows, Function<R, Instant> column) throws SQLException {
            var times = rows.stream().map(column.andThen(HotPath::inUtc)).toArray();
            statement.setArray(++index, connection.createArrayOf("timestamptz", times));
            return this;
        }
    }

    private static OffsetDateTime inUtc(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }
}
