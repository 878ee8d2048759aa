package dev.tally.accounting;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows that one statement takes, each column as an array. So a page of events costs one round trip
 * to a table, and one execution, however many rows it has there.
 */
final class Columns {

    private final List<String> types;
    private final List<List<Object>> columns = new ArrayList<>();

    /** Columns of these types of PostgreSQL, in their order. */
    Columns(String... types) {
        this.types = List.of(types);
        for (int i = 0; i < types.length; i++) columns.add(new ArrayList<>());
    }

    /** Adds a row, whose values have the textual form of their types or are null. */
    void add(Object... values) {
        for (int i = 0; i < values.length; i++) columns.get(i).add(values[i]);
    }

    /** Sets the arrays as parameters of a statement, one after the other. */
    void set(PreparedStatement statement, int first) throws SQLException {
        for (int i = 0; i < types.size(); i++) {
            var values = columns.get(i).toArray();
            statement.setArray(
                    first + i, statement.getConnection().createArrayOf(types.get(i), values));
        }
    }

    /** Runs a statement whose first parameter is a build, and whose others are the arrays. */
    void write(Connection connection, String sql, long build) throws SQLException {
        if (columns.getFirst().isEmpty()) return;
        try (var statement = connection.prepareStatement(sql)) {
            statement.setLong(1, build);
            set(statement, 2);
            statement.executeUpdate();
        }
    }
}
