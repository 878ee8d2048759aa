package dev.tally.bench;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;

/** Supplies each measurement with new customers, who all have the same history. */
final class CustomerSupply {

    /** The first id, which is far from those of the samples' customers. */
    private static final long FIRST = 10_000_000;

    private final SampleHistory history;
    private final UniformStory story;
    private final int customers;
    private final int clients;
    private long next = FIRST;

    /**
     * A new supply.
     *
     * @param customers number of customers of each measurement
     * @param clients number of clients that they are divided among
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

    /** The next customers, divided among so many clients. */
    Customers fresh(int amongClients) {
        try {
            var fresh = Customers.ofAll(next, customers, amongClients);
            next += customers;
            history.customers(fresh.first(), customers, story);
            history.leaveUncounted();
            return fresh;
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
