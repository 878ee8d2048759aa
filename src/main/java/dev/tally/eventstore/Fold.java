package dev.tally.eventstore;

import java.time.Instant;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * How the events of one stream make a state.
 *
 * @param step the state after one more event; a history that cannot be throws
 * @param compact the state without what nothing from a time on can need: what a snapshot keeps
 * @param live whether a compacted state holds anything that a decision may depend on: what does not
 *     need not be at hand
 * @param code every class that a state is made of, and the code that folds it. Snapshots name them
 *     by their place in the list, and are thrown away when the bytecode of one has changed.
 */
public record Fold<S>(
        StreamType type,
        S empty,
        BiFunction<S, Recorded, S> step,
        BiFunction<S, Instant, S> compact,
        Predicate<S> live,
        List<Class<?>> code) {}
