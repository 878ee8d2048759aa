package dev.tally.eventstore;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Events of customers: appended, never changed. An append takes effect as a whole or not at all,
 * and needs no transaction around it; inside the caller's it is part of that.
 *
 * <p>A stream is one customer's aggregates of one {@link StreamType}. A command may append to
 * several streams of one customer, never to two customers'.
 */
public interface EventStore {

    /** Events that one command may append at most. */
    int MAX_EVENTS_PER_APPEND = 5_000;

    /** Generations that a stream has at most: of 50 events each, 1.6 million events. */
    int MAX_GENERATIONS = 32_767;

    /** The streams of the folds as they are now: one query, whatever the customer's age. */
    History read(String customerId, List<Fold<?>> folds);

    /**
     * Opens a new generation of those streams whose current one opened before a time, if they hold
     * anything live: what is read of them from then on is younger. No event is added.
     *
     * @return how many streams
     * @throws WrongVersion if an append to one of them came first
     */
    int rollForward(String customerId, List<Fold<?>> folds, Instant openedBefore, Instant at);

    /**
     * Replays streams from their first event, and compares with what their snapshots made of them.
     * A stream that differs gets a new generation, which opens with the replayed state; so does a
     * live one whose snapshot cannot be used.
     *
     * @return those that differed
     * @throws WrongVersion if an append to one of them came first
     */
    List<StreamType> checkSnapshots(String customerId, List<Fold<?>> folds, Instant at);

    /**
     * What states are made of: events of these aggregates are needed however old they are.
     *
     * @return the ids of the aggregates that compacted states hold at a time, by stream
     */
    Map<StreamType, Set<String>> aggregates(String customerId, List<Fold<?>> folds, Instant at);

    /**
     * The streams of the folds as they were at a time, that time's events included.
     *
     * @throws HistoryRetired if it cannot be told any more
     */
    History readAsOf(String customerId, Instant at, List<Fold<?>> folds);

    /**
     * All events of one aggregate, oldest first, whatever their generation; none if its beginning
     * has been retired.
     */
    List<Recorded> readAggregate(String customerId, Fold<?> fold, String aggregateId);

    /**
     * Where streams of many customers stand: what has changed since it was last asked.
     *
     * @return the last event's number by customer; without those who have no such stream
     */
    Map<String, Integer> lastSeqs(Collection<String> customerIds, StreamType type);

    /** Of what happened before, only what states still need is there; null: everything is. */
    Instant retiredUntil();

    /**
     * A page of a customer's history, whatever partitions it lies in. Events that are appended or
     * moved between two pages change nothing of what a page was to have; of one tier only, what has
     * left it since belongs to the other.
     */
    List<Described> history(HistoryQuery query);

    /**
     * Stores events after those of a history, all or none.
     *
     * @param history as {@link #read} gave it
     * @param at server time; later events of the append follow by a microsecond each, and all
     *     follow the last event of every stream read
     * @return the history with the events in it
     * @throws WrongVersion if another append to one of the streams came first
     * @throws IllegalStateException if it closes the last generation that a stream can have
     */
    History append(History history, CommandId command, Instant at, List<? extends Record> events);
}
