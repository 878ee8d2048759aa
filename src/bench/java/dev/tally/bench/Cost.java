package dev.tally.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What events cost on disk, without snapshots and heads.
 *
 * @param columns mean bytes of each column's value, without what aligns it
 */
record Cost(long events, long heapBytes, long indexBytes, Map<String, Double> columns) {

    private static final String SCRATCH = "tally.event_in_order_of_time";

    /** What PostgreSQL adds to a row in the heap: its header, and the pointer to it in its page. */
    private static final int ROW_BYTES = 24 + 4;

    private static final List<String> COLUMNS =
            List.of(
                    "customer_id",
                    "stream_type",
                    "generation",
                    "seq",
                    "event_time",
                    "transaction",
                    "command_hash",
                    "aggregate_id",
                    "event_mapper",
                    "command_id",
                    "event_data");

    /**
     * Of all events that there are, laid down in the order of their time: so they come in
     * production, where an index grows in the middle and its pages are two thirds full. The sample
     * itself is loaded customer by customer, which packs the index tighter than it would ever be.
     *
     * @param superuser not in a transaction
     */
    static Cost ofEventsInOrderOfTime(Connection superuser) throws SQLException {
        try (var statement = superuser.createStatement()) {
            statement.execute("drop table if exists " + SCRATCH);
            statement.execute(
                    "create table "
                            + SCRATCH
                            + " (like tally.event including defaults including"
                            + " storage including indexes)");
            try {
                statement.execute(
                        "insert into "
                                + SCRATCH
                                + " select * from tally.event order by event_time");
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

    private static Cost of(Connection connection, String table) throws SQLException {
        var means =
                COLUMNS.stream()
                        .map(column -> "avg(pg_column_size(" + column + "))")
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
