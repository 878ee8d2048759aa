package dev.tally.eventstore.partitions;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

/**
 * Runs statements about partitions, each in a transaction of its own. Queries run as the
 * application's role, whose time limits fit an answer to a client.
 */
@ApplicationScoped
class PartitionSql {

    @Resource(lookup = "jdbc/tally")
    DataSource application;

    @Resource(lookup = "jdbc/tallyOwner")
    DataSource owner;

    interface Read<T> {
        T from(ResultSet row) throws SQLException;
    }

    <T> List<T> query(String sql, Read<T> read, Object... parameters) {
        return query(application, sql, read, parameters);
    }

    /** Runs a query as the owner of the tables. */
    <T> List<T> call(String sql, Read<T> read, Object... parameters) {
        return query(owner, sql, read, parameters);
    }

    private static <T> List<T> query(
            DataSource database, String sql, Read<T> read, Object... parameters) {
        try (var connection = database.getConnection();
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

    void update(String sql, Object... parameters) {
        try (var connection = owner.getConnection();
                var statement = prepare(connection, sql, parameters)) {
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException("The partitions could not be changed", e);
        }
    }

    static Instant time(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
            throws SQLException {
        var statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }
}
