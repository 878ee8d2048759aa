package dev.tally.licensing.write;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;

import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

/** Reads and changes rows as the owner of the tables, which the application may not do. */
@ApplicationScoped
public class Dba {

    @Resource(lookup = "jdbc/tallyOwner")
    DataSource owner;

    void createPartitions(Instant since, int monthsAhead) {
        try (var connection = owner.getConnection();
                var patience = connection.createStatement();
                var create = connection.prepareStatement("select tally.create_partitions(?, ?)")) {
            connection.setAutoCommit(false);
            // The application that was just deployed may hold the lock too.
            patience.execute("set local lock_timeout = '10s'");
            create.setTimestamp(1, Timestamp.from(since));
            create.setInt(2, monthsAhead);
            create.execute();
            connection.commit();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The rows of a query, each in PostgreSQL's text form.
     *
     * @param sql a query that refers to the customer as {@code c.id}
     */
    List<String> rows(String sql, String customer) {
        try (var connection = owner.getConnection();
                var query =
                        connection.prepareStatement(
                                "select cast(row(q.*) as text) from (select ? as id) c, lateral ("
                                        + sql
                                        + ") q")) {
            query.setString(1, customer);
            var rows = new ArrayList<String>();
            try (var row = query.executeQuery()) {
                while (row.next()) {
                    rows.add(row.getString(1));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    int update(String sql, String customer) {
        try (var connection = owner.getConnection();
                var update = connection.prepareStatement(sql)) {
            update.setString(1, customer);
            return update.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
