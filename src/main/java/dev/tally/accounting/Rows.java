package dev.tally.accounting;

import java.sql.Connection;
import java.sql.SQLException;

/** Deletes rows of builds, some at a time. */
final class Rows {

    private Rows() {}

    /**
     * Deletes rows of a build.
     *
     * @return true if some may be left
     */
    static boolean delete(Connection connection, String table, long build, int most)
            throws SQLException {
        var sql =
                """
                delete from tally.%1$s where ctid = any (array(
                    select ctid from tally.%1$s where build = ? limit ?))
                """
                        .formatted(table);
        try (var delete = connection.prepareStatement(sql)) {
            delete.setLong(1, build);
            delete.setInt(2, most);
            return delete.executeUpdate() == most;
        }
    }
}
