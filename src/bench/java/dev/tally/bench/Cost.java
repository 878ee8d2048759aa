package dev.tally.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The space that events take on disk, without snapshots and heads.
 *
 * @param columns mean bytes of each column's value, without alignment
 */
record Cost(long events, long heapBytes, long indexBytes, Map<String, Double> columns) {

    private static final String SCRATCH = "event_in_order_of_time";

    /**
     * The bytes that PostgreSQL adds to a row in the heap: its header, and the pointer to it in its
     * page.
     */
    private static final int ROW_BYTES = 24 + 4;

    private static final List<String> COLUMNS =
            List.of(
                    "event_time",
                    "position",
                    "seq",
                    "generation",
                    "event_mapper",
                    "aggregate_type",
                    "customer_id",
                    "aggregate_id",
                    "event_data",
                    "command_id",
                    "command_hash",
                    "caller");

    /**
     * The cost of all events, copied in the order of their time as in production, where an index
     * grows in the middle and its pages are two thirds full. The sample itself is loaded customer
     * by customer, which would pack the index tighter than it ever is.
     *
     * @param superuser a connection that is not in a transaction
     */
    static Cost ofEventsInOrderOfTime(Connection superuser) throws SQLException {
        try (var statement = superuser.createStatement()) {
            statement.execute("set search_path = tally");
            statement.execute("drop table if exists " + SCRATCH);
            statement.execute("create table %s (like event including all)".formatted(SCRATCH));
            try {
                // This creates the indexes that a month has.
                statement.execute("select add_key('%s', 'event')".formatted(SCRATCH));
                statement.execute(
                        "create index on %s using brin (event_time) with (pages_per_range = 32)"
                                .formatted(SCRATCH));
                statement.execute(
                        "insert into %s select * from event order by event_time, customer_id, seq"
                                .formatted(SCRATCH));
                statement.execute("vacuum (analyze) " + SCRATCH);
                return of(superuser, SCRATCH);
            } finally {
                statement.execute("drop table " + SCRATCH);
            }
        }
    }

    double bytesPerEvent() {
        return (double) (heapBytes + indexBytes) / events;
    }

    @Override
    public String toString() {
        var values = columns.values().stream().mapToDouble(Double::doubleValue).sum();
        var heap = (double) heapBytes / events;
        return String.format(
                        Locale.ROOT,
                        "%.1f bytes an event (heap %.1f, index %.1f; %,d events)%n",
                        bytesPerEvent(),
                        heap,
                        (double) indexBytes / events,
                        events)
                + columns.entrySet().stream()
                        .map(c -> "  %-14s %6.1f%n".formatted(c.getKey(), c.getValue()))
                        .collect(Collectors.joining())
                + "  %-14s %6d%n".formatted("row", ROW_BYTES)
                + "  %-14s %6.1f%n".formatted("alignment", heap - values - ROW_BYTES);
    }

    /**
     * The size of the snapshots of some customers in their table, divided by the size of their
     * events; without indexes.
     */
    static double snapshotsOverEvents(Connection connection, long first, int customers)
            throws SQLException {
        var sql =
                """
                select (select sum(%1$d + 28 + pg_column_size(customer_id) + pg_column_size(snapshot_data))
                        from tally.snapshot where customer_id::bigint between %2$d and %3$d)
                     / (select sum(%1$d + %4$s)
                        from tally.event where customer_id::bigint between %2$d and %3$d)::float
                """
                        .formatted(
                                ROW_BYTES,
                                first,
                                first + customers - 1,
                                COLUMNS.stream()
                                        .map("coalesce(pg_column_size(%s), 0)"::formatted)
                                        .collect(Collectors.joining(" + ")));
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getDouble(1);
        }
    }

    private static Cost of(Connection connection, String table) throws SQLException {
        var means =
                COLUMNS.stream()
                        .map("avg(coalesce(pg_column_size(%s), 0))"::formatted)
                        .collect(Collectors.joining(", "));
        var sql =
                """
                select count(*), pg_relation_size('%1$s'), pg_indexes_size('%1$s'), %2$s
                from %1$s
                """
                        .formatted(table, means);
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            var columns = new LinkedHashMap<String, Double>();
            for (int n = 0; n < COLUMNS.size(); n++) {
                columns.put(COLUMNS.get(n), rows.getDouble(4 + n));
            }
            return new Cost(rows.getLong(1), rows.getLong(2), rows.getLong(3), columns);
        }
    }
}
