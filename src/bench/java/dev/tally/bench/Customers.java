package dev.tally.bench;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.sql.SQLException;

/**
 * Customers whose ids are numbers in a row and whose histories are alike, divided among clients: so
 * two clients never meet, and each client's n-th call finds a history of known length.
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
     * The sum over all their heads: grows with each append, and is how a lost update shows. It may
     * run over, and then the difference between two is still right.
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
