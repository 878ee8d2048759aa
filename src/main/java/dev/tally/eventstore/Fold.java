package dev.tally.eventstore;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * How the events of one stream make a state.
 *
 * @param step the state after one more event; a history that cannot be throws
 * @param compact the state without what nothing from a time on can need: what a snapshot keeps
 * @param live whether a compacted state holds anything that a decision may depend on: what does not
 *     need not be at hand
 * @param aggregates the ids of those that a compacted state is made of: their events stay however
 *     old they are, and all others go with their month when that is retired. From the events of
 *     these alone comes the same compacted state, now and after whatever follows.
 * @param begins whether an event can be an aggregate's first: what follows one that has gone with
 *     its month is left out
 * @param code every class that a state is made of, and the code that folds it. Snapshots name them
 *     by their place in the list, and are thrown away when the bytecode of one has changed.
 */
public record Fold<S>(
        StreamType type,
        S empty,
        BiFunction<S, Recorded, S> step,
        BiFunction<S, Instant, S> compact,
        Predicate<S> live,
        Function<S, Set<String>> aggregates,
        Predicate<Record> begins,
        List<Class<?>> code) {}
