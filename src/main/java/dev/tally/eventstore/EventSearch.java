package dev.tally.eventstore;

import java.time.Instant;
import java.util.List;

/** Finds customers by an id that stands in their events, among the events of some time. */
public interface EventSearch {

    /**
     * The newest event of a customer in which an id stands.
     *
     * @param aggregateType type of the aggregate that has the id, or that the command with the id
     *     happened to
     * @param isCommand true if the id is that of the command that stored the event
     */
    record Hit(String customerId, int seq, Instant at, String aggregateType, boolean isCommand) {}

    /**
     * Finds whose id it is. All events of the time are looked at, whoever's they are, so the time
     * is what a search costs. Customers who are being erased are not found.
     *
     * @param id id of an aggregate or of a command
     * @param to end of the time, which does not belong to it
     * @param limit most customers to find
     * @return one hit for each customer, by customer
     */
    List<Hit> find(String id, Instant from, Instant to, int limit);
}
