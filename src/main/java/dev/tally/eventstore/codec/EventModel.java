package dev.tally.eventstore.codec;

import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.Fold;

import java.util.List;

/**
 * Description of a feature's events for the event store: the types of its aggregates, how each
 * version of each event is written and read, and how events make a state. The store knows nothing
 * else of the feature.
 *
 * @param mappers all mappers that ever existed
 */
public record EventModel<S>(
        List<AggregateType> aggregates, List<EventMapper<?>> mappers, Fold<S> fold) {}
