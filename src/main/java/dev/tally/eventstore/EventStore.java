package dev.tally.eventstore;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Stores the events of customers: appended, never changed. The customer is the unit of consistency:
 * everything that is known of one customer has one head, and each append moves that head by
 * compare-and-set. Two appends that were decided from the same revision are never both stored.
 */
public interface EventStore {

    /** Most events that one command may append. */
    int MAX_EVENTS_PER_APPEND = 5_000;

    /**
     * Reads a customer's current state in one query, however long the history. The state may come
     * from this node's memory ({@link History.Source#WARM}) and be outdated, or have events that
     * are on their way to the database ({@link History#pending}); {@link #append} finds out.
     *
     * @throws UnreadableHistory if an event cannot be read
     */
    <S> History<S> read(String customerId, Fold<S> fold);

    /**
     * What this node's memory has of a customer, without asking the database. The state may be
     * outdated.
     *
     * @return empty if memory has nothing
     */
    <S> Optional<Remembered<S>> remembered(String customerId, Fold<S> fold);

    /**
     * Reads a customer's current state for an answer that no append confirms. A state from memory
     * is compared with the head first.
     *
     * @throws UnreadableHistory if an event cannot be read
     */
    <S> History<S> readConfirmed(String customerId, Fold<S> fold);

    /**
     * Returns the given history if nothing was appended since it was read, or else the current one.
     * Only a history from memory costs a query; one with events on their way waits for these.
     */
    <S> History<S> confirm(History<S> history);

    /**
     * Reads a customer's state as of a time, events of that time included.
     *
     * @throws HistoryRetired if events that this state was made of have been retired
     */
    <S> History<S> readAsOf(String customerId, Instant at, Fold<S> fold);

    /**
     * Reads all events of one aggregate, oldest first, from all generations; none if the
     * aggregate's first event has been retired.
     */
    List<Recorded> readAggregate(String customerId, Aggregate aggregate);

    /**
     * Reads all events of some aggregates of one type, oldest first, from all generations. What is
     * left of an aggregate whose first event has been retired is among them.
     */
    List<Recorded> readAggregates(String customerId, AggregateType type, Collection<String> ids);

    /**
     * Reads the newest events of one type of aggregates before a number, the newest first, from all
     * generations.
     *
     * @param from time before which events are left out; null: none are
     * @param until time after which events are left out; null: none are
     * @param before number that all events' numbers lie below
     * @param limit most events to return
     */
    List<Recorded> readNewest(
            String customerId,
            AggregateType type,
            Instant from,
            Instant until,
            int before,
            int limit);

    /**
     * Stores events after those of a history, all or none, in one transaction. Appends of one
     * customer that were decided from one another may share it. The thread's {@link Turn} is passed
     * on before.
     *
     * @param history history that {@link #read} returned
     * @param caller sender of the command; null if there is none
     * @param at time of all these events, from {@link History#timeOf}
     * @return the history with the new events among its {@link History#events}
     * @throws WrongVersion if another append came first, or what the history was waiting for was
     *     not stored; this node's memory of the customer is dropped
     */
    <S> History<S> append(
            History<S> history,
            CommandId command,
            Caller caller,
            Instant at,
            List<? extends Record> events);

    /**
     * Remembers that a caller is told that a command is in the history. The node that has appended
     * it remembers that already; but a node may not know that its own append has come through.
     *
     * @param first first event of the command
     */
    void acknowledge(String customerId, Recorded first);

    /**
     * Does all that storing some events of a customer takes, and takes it back: a node that has
     * done so before its first command answers that one as fast as later ones.
     */
    <S> void rehearse(String customerId, Fold<S> fold, Instant at, List<? extends Record> events);

    /**
     * Opens a new generation if the customer's current one opened before a time and holds live
     * state, so that later reads find younger rows only. No event is added.
     *
     * @return true if a generation was opened
     * @throws WrongVersion if an append came first
     */
    boolean rollForward(String customerId, Instant openedBefore, Instant at);

    /**
     * Replays a customer from the first event and compares the result with the state from the
     * snapshot. If they differ, a new generation opens with the replayed state. The same is done
     * for live state whose snapshot cannot be used.
     *
     * @return true if they differed
     * @throws WrongVersion if an append came first
     */
    boolean checkSnapshot(String customerId, Instant at);

    /** The aggregates that the customer's compacted state is made of. Their events must be kept. */
    Set<Aggregate> aggregates(String customerId, Instant at);

    /**
     * Reads the current revisions of many customers, which tell who has changed since an earlier
     * call.
     *
     * @return revision by customer id; unknown customers are left out
     */
    Map<String, Long> revisions(Collection<String> customerIds);

    /** Time before which only events that states still need are there; empty if every event is. */
    Optional<Instant> retiredUntil();

    /**
     * Reads a page of a customer's history, whatever partitions it lies in. Events that are
     * appended or moved between two pages do not change what a page of all tiers holds. A page of
     * one tier lacks events that have moved to the other tier since.
     */
    List<Described> history(HistoryQuery query);

    /**
     * Empties a customer's account for good, by compare-and-set like any command. Numbers and time
     * go on: what is stored afterwards belongs to a new life of the customer. The partition job
     * removes the rows of the old life.
     *
     * @param announced told the first event number of the new life before the account is emptied:
     *     rows with smaller numbers are to be removed once the head has that number
     * @return false if nothing is known of the customer
     * @throws WrongVersion if an append came first
     */
    boolean erase(String customerId, Instant at, IntConsumer announced);

    /**
     * A trace tells what the database has of something that was granted without the database.
     *
     * @param erasedAt time at which the newest erasure of the customer was asked for, by the
     *     database's clock; null: the customer was never erased
     * @param isThere true if the customer's present life has an event of it
     */
    record Trace(Instant erasedAt, boolean isThere) {}

    /**
     * Looks for what was granted without the database, in one round trip. Who asks after reading
     * the customer's account, and appends to that account, adds nothing to the life that was
     * erased, and does not begin another one unawares.
     */
    Trace trace(String customerId, Aggregate granted);
}
