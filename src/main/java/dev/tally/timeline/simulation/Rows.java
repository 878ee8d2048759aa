package dev.tally.timeline.simulation;

import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.http.Json;
import dev.tally.timeline.simulation.Simulation.Asked;
import dev.tally.timeline.simulation.Simulation.Progress;
import dev.tally.timeline.simulation.Simulation.State;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** Reads rows of table {@code simulation}, and of its examples. */
final class Rows {

    /** The columns of a simulation. */
    static final String COLUMNS =
            """
            simulation_id, asked_at, asked_by, scope, policy_id, settings::text, one_in, begins_at, ends_at,
            state, began_at, ended_at, customers, looked_at, done_to, counts::text
            """;

    /** Reads what a newer release has added, and what an older one did not write. */
    static final JsonMapper STORED =
            Json.MAPPER
                    .rebuild()
                    .disable(
                            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .build();

    private Rows() {}

    static Simulation simulation(ResultSet row) throws SQLException {
        var proposal =
                new Proposal(
                        Scope.of(row.getString("scope")).orElseThrow(),
                        row.getString("policy_id"),
                        PolicySettings.ofText(row.getString("settings")));
        return new Simulation(
                row.getString("simulation_id"),
                new Asked(
                        proposal,
                        row.getInt("one_in"),
                        time(row, "begins_at"),
                        time(row, "ends_at"),
                        row.getString("asked_by"),
                        time(row, "asked_at")),
                new Progress(
                        State.valueOf(row.getString("state")),
                        time(row, "began_at"),
                        time(row, "ended_at"),
                        row.getLong("looked_at"),
                        row.getObject("customers", Long.class)),
                STORED.readValue(row.getString("counts"), Counts.class),
                null);
    }

    static Example example(ResultSet row) throws SQLException {
        return new Example(
                row.getString("customer_id"),
                row.getString("place"),
                time(row, "at"),
                STORED.readValue(row.getString("example"), Example.Told.class));
    }

    /** How a row is read. */
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    static <T> List<T> query(Connection connection, Reader<T> reader, String sql, Object... values)
            throws SQLException {
        try (var statement = prepare(connection, sql, values);
                var rows = statement.executeQuery()) {
            var all = new ArrayList<T>();
            while (rows.next()) all.add(reader.read(rows));
            return all;
        }
    }

    static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (var statement = prepare(connection, sql, values)) {
            return statement.executeUpdate();
        }
    }

    private static PreparedStatement prepare(Connection connection, String sql, Object... values)
            throws SQLException {
        var statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) statement.setObject(i + 1, values[i]);
        return statement;
    }

    static Instant time(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
