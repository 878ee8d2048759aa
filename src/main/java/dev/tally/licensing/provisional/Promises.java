package dev.tally.licensing.provisional;

import dev.tally.fallback.Entry;
import dev.tally.fallback.Journal;
import dev.tally.ids.CustomerId;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** The promises of this node that wait for the store, in its journal. */
@ApplicationScoped
public class Promises {

    private static final Logger LOG = Logger.getLogger(Promises.class.getName());

    @Inject Journal journal;

    /** Keeps a promise: it is on disk when this returns. */
    void keep(Promise promise) {
        journal.append(PromiseText.entry(promise));
    }

    boolean areNone() {
        return journal.isEmpty();
    }

    /** The promises to one customer, in the order in which they were given. */
    List<Promise> of(CustomerId customer) {
        if (journal.isEmpty()) return List.of();
        return journal.of(customer.value()).stream().flatMap(Promises::read).toList();
    }

    /** The promises after one in the order of ids, which is that of time but for milliseconds. */
    public List<Promise> page(String after, int limit) {
        return journal.page(after == null ? "" : after, limit).stream()
                .flatMap(Promises::read)
                .toList();
    }

    /** Some customers whose promises wait longest. */
    List<CustomerId> customers(int limit) {
        return journal.customers(limit).stream().map(CustomerId::new).toList();
    }

    /** Forgets a promise that the store has. */
    void forget(Promise promise) {
        journal.remove(promise.id());
    }

    /** A promise of a newer release is left where it is, for a node of that release. */
    private static Stream<Promise> read(Entry entry) {
        try {
            return Stream.of(PromiseText.promise(entry));
        } catch (IllegalArgumentException e) {
            LOG.log(Level.WARNING, e.getMessage(), e.getCause());
            return Stream.empty();
        }
    }
}
