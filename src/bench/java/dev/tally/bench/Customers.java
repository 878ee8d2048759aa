package dev.tally.bench;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.sql.SQLException;

/**
 * Customers whose ids are numbers in a row and whose histories are alike, divided among clients.
 * Two clients never use the same customer, so each client's n-th call finds a history of known
 * length.
 */
record Customers(long first, int perClient, int clients) {

    static Customers ofAll(long first, int customers, int clients) {
        return new Customers(first, customers / clients, clients);
    }

    String id(int client, long call) {
        return Long.toString(first + call % perClient * clients + client);
    }

    /** How often the client has been through all of its customers. */
    long round(long call) {
        return call / perClient;
    }

    /**
     * The sum of the revisions of all these customers. It grows with each append, so a lost update
     * shows in it. The sum may overflow; the difference of two sums is right all the same.
     */
    long revisions(Database database) throws SQLException {
        try (var connection = database.connect(Role.TALLY_READER);
                var query =
                        connection.prepareStatement(
                                """
                                select coalesce(sum(c.revision), 0)
                                from generate_series(?, ?) as ids (id)
                                join tally.customer c on c.customer_id = id::text
                                """)) {
            query.setLong(1, first);
            query.setLong(2, first + (long) perClient * clients - 1);
            try (var row = query.executeQuery()) {
                row.next();
                return row.getBigDecimal(1).toBigInteger().longValue();
            }
        }
    }
}
