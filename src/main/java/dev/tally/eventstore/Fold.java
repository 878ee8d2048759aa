package dev.tally.eventstore;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The rules that make one customer's events into a state.
 *
 * @param schemaVersion version of the fold. It grows whenever the same events make another state or
 *     a state is written in another way; snapshots of other versions are not read.
 * @param empty state before the first event
 * @param evolve gives the state after one more event; throws if the history cannot be
 * @param compact gives the state without what no decision or answer from a time on can need; a
 *     snapshot keeps the result
 * @param live true if a compacted state holds anything that a decision may depend on. If false, the
 *     customer's events may stay in the archive.
 * @param aggregates gives the aggregates that a compacted state is made of. Their events are kept
 *     however old they are; all other events go with their month when it is retired. The events of
 *     these aggregates alone make the same compacted state, now and after any later events.
 * @param begins true if an event can be the first of an aggregate. Events whose aggregate lost its
 *     first event with a retired month are left out.
 * @param report true if an event is what a device reported
 * @param classes every class that a state is made of. Snapshots name a class by its place in this
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
