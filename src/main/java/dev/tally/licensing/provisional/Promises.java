package dev.tally.licensing.provisional;

import dev.tally.eventstore.UnreadableHistory;
import dev.tally.fallback.Entry;
import dev.tally.fallback.Journal;
import dev.tally.fallback.JournalUnavailable;
import dev.tally.ids.CustomerId;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** The promises of this node that wait for the store, in its journal. */
@ApplicationScoped
public class Promises {

    private static final Logger LOG = Logger.getLogger(Promises.class.getName());

    /** Most promises to one customer that are found at once. */
    public static final int MAX_WAITING = Journal.MAX_PAGE;

    @Inject Journal journal;

    /** Keeps a promise: it is on disk when this returns. */
    void keep(Promise promise) {
        journal.append(PromiseText.entry(promise));
    }

    /** Does what keeping a promise and finding it again takes, and keeps nothing. */
    void rehearse(Promise promise) {
        var entry = PromiseText.entry(promise);
        journal.rehearse(entry);
        journal.of(entry.customerId());
        PromiseText.promise(entry);
    }

    public boolean areNone() {
        return journal.isEmpty();
    }

    /**
     * The promises to one customer, in the order in which they were given. The stream throws {@link
     * UnreadableHistory} where it comes to one that only a newer release can read: those behind it
     * may need it.
     */
    public Stream<Promise> of(CustomerId customer) {
        if (journal.isEmpty()) return Stream.empty();
        return journal.of(customer.value()).stream().map(PromiseText::promise);
    }

    /** What waits after an entry, in the order of ids: that of time but for milliseconds. */
    public List<Waiting> page(String after, int limit) {
        return journal.page(after == null ? "" : after, limit).stream().map(Waiting::of).toList();
    }

    /**
     * What waits for one customer, in the order in which it was promised, {@link #MAX_WAITING} at
     * most.
     *
     * @throws JournalUnavailable if the journal cannot be read
     */
    public List<Waiting> waiting(CustomerId customer) {
        if (journal.isEmpty()) return List.of();
        return journal.of(customer.value()).stream().map(Waiting::of).toList();
    }

    /**
     * An entry of the journal.
     *
     * @param promise empty if only a newer release can read it
     */
    public record Waiting(
            String id, CustomerId customer, Instant promisedAt, Optional<Promise> promise) {

        private static Waiting of(Entry entry) {
            var customer = new CustomerId(entry.customerId());
            return new Waiting(entry.id(), customer, entry.at(), read(entry));
        }

        private static Optional<Promise> read(Entry entry) {
            try {
                return Optional.of(PromiseText.promise(entry));
            } catch (UnreadableHistory e) {
                LOG.log(Level.FINE, e.getMessage(), e);
                return Optional.empty();
            }
        }
    }

    /** Forgets a promise that the store has. */
    void forget(Promise promise) {
        journal.remove(promise.id());
    }
}
