package dev.tally.eventstore;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * How the events of one customer make a state.
 *
 * @param schemaVersion of what the fold makes: it grows whenever the same events make another state
 *     or a state is written in another way. Snapshots of other versions are not read.
 * @param evolve the state after one more event; a history that cannot be throws
 * @param compact the state without what nothing from a time on can need: what a snapshot keeps
 * @param live whether a compacted state holds anything that a decision may depend on. If not, the
 *     customer's events may stay in the archive.
 * @param aggregates those that a compacted state is made of: their events stay however old they
 *     are, and all others go with their month when that is retired. From the events of these alone
 *     comes the same compacted state, now and after whatever follows.
 * @param begins whether an event can be an aggregate's first: what follows one that has gone with
 *     its month is left out
 * @param report whether an event is what a device reported
 * @param classes every class that a state is made of. Snapshots name them by their place in the
 *     list.
 */
public record Fold<S>(
        int schemaVersion,
        S empty,
        BiFunction<S, Recorded, S> evolve,
        BiFunction<S, Instant, S> compact,
        Predicate<S> live,
        Function<S, Set<Aggregate>> aggregates,
        Predicate<Record> begins,
        Predicate<Record> report,
        List<Class<?>> classes) {}
