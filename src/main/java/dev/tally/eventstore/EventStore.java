package dev.tally.eventstore;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Events of customers: appended, never changed. The customer is the unit of consistency: everything
 * that is known of one customer has one head, and each append moves it by compare-and-set. Two
 * appends that were decided from the same revision are never both stored.
 */
public interface EventStore {

    /** Events that one command may append at most. */
    int MAX_EVENTS_PER_APPEND = 5_000;

    /**
     * The customer as they are now: one query, whatever their age. May come from this node's memory
     * ({@link History.Source#WARM}): {@link #append} tells whether it still was so.
     *
     * @throws UnreadableHistory if an event cannot be read
     */
    <S> History<S> read(String customerId, Fold<S> fold);

    /**
     * The customer as they are now, for an answer that no append confirms: what comes from memory
     * is compared with the head first.
     *
     * @throws UnreadableHistory if an event cannot be read
     */
    <S> History<S> readConfirmed(String customerId, Fold<S> fold);

    /**
     * The same history if nothing was appended since it was read, or else as it is now. Costs
     * nothing unless it comes from memory.
     */
    <S> History<S> confirm(History<S> history);

    /**
     * The customer as they were at a time, that time's events included.
     *
     * @throws HistoryRetired if it cannot be told any more
     */
    <S> History<S> readAsOf(String customerId, Instant at, Fold<S> fold);

    /**
     * All events of one aggregate, oldest first, whatever their generation; none if its beginning
     * has been retired.
     */
    List<Recorded> readAggregate(String customerId, Aggregate aggregate);

    /**
     * Stores events after those of a history, all or none, in a transaction of its own.
     *
     * @param history as {@link #read} gave it
     * @param caller null: nobody in particular
     * @param at from {@link History#timeOf}; the time of all these events
     * @return the history with the events in it, among {@link History#events}
     * @throws WrongVersion if another append came first; what is in memory is let go
     */
    <S> History<S> append(
            History<S> history,
            CommandId command,
            Caller caller,
            Instant at,
            List<? extends Record> events);

    /**
     * Opens a new generation if the customer's current one opened before a time and holds anything
     * live: what is read of them from then on is younger. No event is added.
     *
     * @return whether it did
     * @throws WrongVersion if an append came first
     */
    boolean rollForward(String customerId, Instant openedBefore, Instant at);

    /**
     * Replays a customer from the first event, and compares with what the snapshot made of it. A
     * state that differs gets a new generation, which opens with the replayed one; so does a live
     * one whose snapshot cannot be used.
     *
     * @return whether they differed
     * @throws WrongVersion if an append came first
     */
    boolean checkSnapshot(String customerId, Instant at);

    /** The aggregates that the customer's compacted state is made of: their events are needed. */
    Set<Aggregate> aggregates(String customerId, Instant at);

    /**
     * Where many customers stand: what has changed since it was last asked.
     *
     * @return revisions by customer; without those of whom nothing is known
     */
    Map<String, Long> revisions(Collection<String> customerIds);

    /** Of what happened before, only what states still need is there; empty: everything is. */
    Optional<Instant> retiredUntil();

    /**
     * A page of a customer's history, whatever partitions it lies in. Events that are appended or
     * moved between two pages change nothing of what a page was to have; of one tier only, what has
     * left it since belongs to the other.
     */
    List<Described> history(HistoryQuery query);

    /**
     * Empties the account of a customer who is to be forgotten, by compare-and-set like any
     * command: numbers and time go on, and what is stored from then on is a new life. The rows of
     * the old one are removed by the partition job.
     *
     * @param announced is told the first number of the new life before the account is emptied: rows
     *     with a smaller one are to go as soon as the head says so
     * @return false: nothing is known of the customer
     * @throws WrongVersion if an append came first
     */
    boolean erase(String customerId, Instant at, IntConsumer announced);
}
