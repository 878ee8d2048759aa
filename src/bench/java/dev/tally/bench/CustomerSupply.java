package dev.tally.bench;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;

/** Customers for measurements: each gets some whom nobody has touched, all with one history. */
final class CustomerSupply {

    /** Far from the customers of the samples. */
    private static final long FIRST = 10_000_000;

    private final SampleHistory history;
    private final UniformStory story;
    private final int customers;
    private final int clients;
    private long next = FIRST;

    /**
     * A supply that has given none.
     *
     * @param customers of each measurement
     * @param clients that they are divided among
     */
    CustomerSupply(
            SampleHistory history, Catalogue catalogue, Instant now, int customers, int clients) {
        this.history = history;
        this.story = new UniformStory(catalogue, now);
        this.customers = customers;
        this.clients = clients;
    }

    Customers fresh() {
        return fresh(clients);
    }

    /** Those that come next, divided among so many clients. */
    Customers fresh(int amongClients) {
        try {
            var fresh = Customers.ofAll(next, customers, amongClients);
            next += customers;
            history.customers(fresh.first(), customers, story);
            return fresh;
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
